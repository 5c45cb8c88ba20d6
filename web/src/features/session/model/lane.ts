import type { FixResource, LaneItemResource, MessageResource } from "@/api/generated";

export interface LaneView {
  questions: LaneItemResource[];
  checks: LaneItemResource[];
  setAside: LaneItemResource[];
  openQuestions: number;
  openChecks: LaneItemResource[];
  checksRun: number;
  open: number;
}

/** Sorts the items into their sections: open ones first, then the answered ones, each in the order of asking. */
export function toLane(items: LaneItemResource[]): LaneView {
  const shown = items.filter((item) => item.status !== "set_aside");
  const questions = openFirst(shown.filter((item) => item.kind === "question"));
  const checks = openFirst(shown.filter((item) => item.kind === "check"));
  return {
    questions,
    checks,
    setAside: items.filter((item) => item.status === "set_aside"),
    openQuestions: questions.filter(isOpen).length,
    openChecks: checks.filter(isOpen),
    checksRun: checks.filter((item) => item.status === "answered").length,
    open: shown.filter(isOpen).length,
  };
}

export function isOpen(item: LaneItemResource): boolean {
  return item.status === "open";
}

/** The fixes somebody put away and may want back, newest first. A superseded one cannot come back. */
export function dismissedFixes(fixes: FixResource[]): FixResource[] {
  return fixes.filter((fix) => fix.status === "dismissed" && !fix.superseded_at);
}

/** Closed items the session leaves out, oldest first; one that is in the lane again is shown there. */
export function earlierItems(pages: LaneItemResource[][], lane: LaneItemResource[]): LaneItemResource[] {
  const shown = new Set(lane.map((item) => item.id));
  return pages
    .flat()
    .filter((item) => !shown.has(item.id))
    .toReversed();
}

/** All commands as one block to paste into a console, each under a comment that names its check. */
export function commandBlock(checks: LaneItemResource[]): string {
  return checks
    .filter((check) => check.command)
    .map((check, index) => `# ${index + 1}. ${oneLine(check.text)}\n${check.command}`)
    .join("\n\n");
}

/** Answers are on their way through the pilot, so facts may come of them. */
export function isDraftingFacts(messages: MessageResource[]): boolean {
  return messages.some(
    (message) =>
      (message.turn_state === "queued" || message.turn_state === "running") &&
      (message.answers ?? []).some((answer) => !answer.skipped),
  );
}

/** The open item to go on with after one was sent: the next one below it, else the first. */
export function nextOpenItem(
  order: LaneItemResource[],
  sentIds: string[],
  sendingIds: ReadonlySet<string>,
): LaneItemResource | null {
  const rest = (item: LaneItemResource) =>
    isOpen(item) && !sentIds.includes(item.id) && !sendingIds.has(item.id);
  const last = Math.max(...sentIds.map((id) => order.findIndex((item) => item.id === id)));
  return order.slice(last + 1).find(rest) ?? order.find(rest) ?? null;
}

function openFirst(items: LaneItemResource[]): LaneItemResource[] {
  return [...items.filter(isOpen), ...items.filter((item) => !isOpen(item))];
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
