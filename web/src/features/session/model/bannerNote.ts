import type { BannerView } from "./banner";

/** The outcomes that are told in words. */
export type NotedOutcome = "applied_failed" | "applied_partial";

export function isNotedOutcome(text: string): text is NotedOutcome {
  return text === "applied_failed" || text === "applied_partial";
}

/** The place of a note being typed. The fix is part of it, so that a note never lands on a newer fix. */
export function notePlace(fixId: string, outcome: NotedOutcome): string {
  return `outcome-note.${fixId}.${outcome}`;
}

/** The outcome whose note is open without a click: what the pilot read is chosen already, and only has to be confirmed. */
export function preselected(view: BannerView): NotedOutcome | null {
  if (view.kind !== "detected" || view.outcome === "success") return null;
  return view.outcome === "failure" ? "applied_failed" : "applied_partial";
}

/** Whether the state takes this outcome at all. */
export function takesNote(view: BannerView): boolean {
  return view.kind !== "proposed" && view.kind !== "worked";
}

/** What stands in the field before anything is typed: the pilot's reason, or the note that is there already. */
export function initialNote(view: BannerView, outcome: NotedOutcome): string {
  if (view.kind === "detected" && preselected(view) === outcome) return view.reason;
  return outcome === "applied_partial" && "notes" in view ? view.notes : "";
}

export const noteLabels: Record<NotedOutcome, string> = {
  applied_failed: "What did you see? (optional)",
  applied_partial: "What was done, and what remains?",
};
