import { useEffect, useState } from "react";
import { useUserId } from "@/auth/useMe";
import { draftKey, drafts } from "./drafts";

/** A text that survives reloads and switching sessions. Mount it with the session's id as key. */
export function useDraft(sessionId: string, place: string): [string, (text: string) => void] {
  const key = draftKey(useUserId(), sessionId, place);
  const [text, setText] = useState(() => drafts.read(key));
  useEffect(() => () => drafts.flush(), [key]);
  return [
    text,
    (next) => {
      setText(next);
      drafts.write(key, next);
    },
  ];
}
