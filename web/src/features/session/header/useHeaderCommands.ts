import { usePickUp, useReopen } from "../commands/endings";
import { useLifecycle } from "../commands/lifecycle";

/** The commands the header sends by itself, and what was refused of them. */
export function useHeaderCommands(sessionId: string) {
  const lifecycle = useLifecycle(sessionId);
  const reopen = useReopen(sessionId);
  const pickUp = usePickUp(sessionId);
  return {
    lifecycle,
    reopen,
    pickUp,
    error: lifecycle.error ?? reopen.error ?? pickUp.error,
  };
}

export type HeaderCommands = ReturnType<typeof useHeaderCommands>;
