import { useMutation } from "@tanstack/react-query";
import {
  applyFix,
  clearOutcomeProposal,
  resumeFix,
  setFixOutcome,
  silenceNudge,
  type FixOutcome,
} from "@/api/generated";
import { once, useRefreshSession } from "./shared";

/** What an engineer says of a fix. */
export type FixCommand =
  | { kind: "apply" }
  | { kind: "outcome"; outcome: FixOutcome; notes?: string }
  | { kind: "notYet" }
  | { kind: "finish" }
  | { kind: "stillChecking" };

export interface FixName {
  id: string;
  title: string;
}

interface Call {
  fix: FixName;
  command: FixCommand;
  onDone?: () => void;
}

async function send(sessionId: string, fixId: string, command: FixCommand): Promise<void> {
  const call = { path: { session_id: sessionId, fix_id: fixId }, headers: once() };
  if (command.kind === "outcome") {
    const { outcome, notes } = command;
    await setFixOutcome({ ...call, body: { outcome, notes: notes?.trim() || null } });
    return;
  }
  const run = {
    apply: applyFix,
    notYet: clearOutcomeProposal,
    finish: resumeFix,
    stillChecking: silenceNudge,
  }[command.kind];
  await run(call);
}

/**
 * Sends one command at a time. It counts as running until the session was read again, so that no button of the state before can be
 * clicked; a refusal is a reason to read it again too. `onDone` runs as soon as the server has it.
 */
export function useFixCommand(sessionId: string) {
  const refresh = useRefreshSession(sessionId);
  const mutation = useMutation({
    mutationFn: async ({ fix, command, onDone }: Call) => {
      await send(sessionId, fix.id, command);
      onDone?.();
    },
    onSettled: refresh,
  });
  return {
    run: (fix: FixName, command: FixCommand, onDone?: () => void) =>
      mutation.mutate({ fix, command, onDone }),
    running: mutation.isPending ? mutation.variables.command : null,
    /** Why the last command was refused, and which fix it was for. */
    refused: mutation.isError ? { error: mutation.error, fix: mutation.variables.fix } : null,
    forget: mutation.reset,
  };
}

export type FixCommands = ReturnType<typeof useFixCommand>;
