import type { FixOutcome } from "@/api/generated";
import type { FixCommand } from "../commands/fixes";
import type { NotedOutcome } from "../model/bannerNote";

/** What the component of a state is given beside its view. */
export interface StateActions {
  run: (command: FixCommand, onDone?: () => void) => void;
  /** What is being sent at the moment; nothing else can be clicked meanwhile. */
  running: FixCommand | null;
  openNote: (outcome: NotedOutcome) => void;
  /** Opens the resolution note. */
  resolve: () => void;
  /** The form of the note that is open, so that a button beside it can submit it. */
  noteFormId: string;
}

/** The look of the button of a command: busy while it is sent, disabled while another one is. */
export function sending(running: FixCommand | null, kind: FixCommand["kind"], outcome?: FixOutcome) {
  const busy = running?.kind === kind && (running.kind !== "outcome" || running.outcome === outcome);
  return { busy, disabled: running !== null && !busy };
}
