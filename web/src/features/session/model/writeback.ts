import type { WritebackResource } from "@/api/generated";

export type StepState = "waiting" | "running" | "done" | "failed";

export interface WritebackStepView {
  label: string;
  state: StepState;
}

const order = ["post_note", "set_status", "verify"] as const;
const labels: Record<(typeof order)[number], string> = {
  post_note: "Posting the note",
  set_status: "Setting the status",
  verify: "Verifying on the ticket",
};

/** The three steps an engineer watches, from how far the writeback is. */
export function toSteps(
  writeback: WritebackResource | null | undefined,
  posting: boolean,
): WritebackStepView[] {
  const running = writeback?.state === "running";
  const atRecord = writeback?.step === "record";
  const at =
    writeback && (running || !posting)
      ? atRecord
        ? order.length
        : order.findIndex((step) => step === writeback.step)
      : 0;
  return order.map((step, index) => {
    const label = labels[step];
    if (writeback?.state === "done" && !posting) return { label, state: "done" };
    if (index < at) return { label, state: "done" };
    if (index > at) return { label, state: "waiting" };
    if (running || posting) return { label, state: "running" };
    return { label, state: writeback ? "failed" : "waiting" };
  });
}
