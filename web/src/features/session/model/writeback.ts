import type { WritebackResource } from "@/api/generated";

export type StepState = "waiting" | "running" | "done" | "failed";

export interface WritebackStepView {
  label: string;
  state: StepState;
}

type Step = Exclude<WritebackResource["step"], "record">;

const labels: Record<Exclude<Step, "post_note">, string> = {
  log_time: "Logging the time",
  set_status: "Setting the status",
  verify: "Verifying on the ticket",
};

/** The steps an engineer watches, from how far the writeback is. Time is a step only where it is logged. */
export function toSteps(
  writeback: WritebackResource | null | undefined,
  posting: boolean,
  what = "note",
): WritebackStepView[] {
  const running = writeback?.state === "running";
  const order = stepsOf(writeback);
  const at = writeback && (running || !posting) ? placeOf(writeback, order) : 0;
  const done = writeback?.state === "done" && !posting;
  return order.map((step, index) => {
    const label = step === "post_note" ? `Posting the ${what}` : labels[step];
    const behind = done || index < at;
    // The time that could not be logged costs the note nothing: the steps after it go on.
    if (behind && step === "log_time" && writeback?.time_error) return { label, state: "failed" };
    if (behind) return { label, state: "done" };
    if (index > at) return { label, state: "waiting" };
    if (running || posting) return { label, state: "running" };
    return { label, state: writeback ? "failed" : "waiting" };
  });
}

function stepsOf(writeback: WritebackResource | null | undefined): Step[] {
  const logsTime =
    writeback &&
    (writeback.step === "log_time" || Boolean(writeback.logged_minutes) || Boolean(writeback.time_error));
  return logsTime ? ["post_note", "log_time", "set_status", "verify"] : ["post_note", "set_status", "verify"];
}

function placeOf(writeback: WritebackResource, order: Step[]): number {
  return writeback.step === "record" ? order.length : order.indexOf(writeback.step);
}

/** Ended without having done all it should. */
export function isUnfinished(writeback: WritebackResource | null | undefined): boolean {
  return writeback?.state === "failed" || writeback?.state === "unverified";
}

/** How long was logged, as people say it: `25 min`, `1 h 30 min`. */
export function minutesInWords(minutes: number): string {
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  return [hours > 0 && `${hours} h`, (rest > 0 || hours === 0) && `${rest} min`].filter(Boolean).join(" ");
}
