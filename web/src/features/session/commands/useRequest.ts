import { useMutation } from "@tanstack/react-query";
import { useRef } from "react";
import { RequestKey } from "./requestKey";
import { useRefreshSession } from "./shared";

/**
 * A command of which a repeat after a lost answer must not have a second effect. Reads the session again however it ends.
 * `onAnswer` is told also when what asked has been closed meanwhile.
 */
export function useRequest<Body, Answer>(
  sessionId: string,
  send: (body: Body, headers: { "Idempotency-Key": string }) => Promise<Answer>,
  onAnswer?: (answer: Answer) => void,
) {
  const refresh = useRefreshSession(sessionId);
  const request = useRef(new RequestKey());
  return useMutation({
    mutationFn: (body: Body) => send(body, request.current.headersFor(body)),
    onSuccess: (answer) => {
      request.current.answered();
      onAnswer?.(answer);
    },
    onError: (error) => request.current.answered(error),
    onSettled: refresh,
  });
}
