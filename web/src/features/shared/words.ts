import type { SharedFix, SharedItem } from "@/api/generated";

/** How it went with a fix, in words. */
export function describeFix(fix: Pick<SharedFix, "status" | "superseded" | "applied_at">): string {
  switch (fix.status) {
    case "applied_success":
      return "It worked";
    case "applied_failed":
      return "Tried, did not work";
    case "applied_partial":
      return "Done in part";
    case "dismissed":
      return "Dismissed";
    case "proposed":
      if (fix.superseded)
        return fix.applied_at ? "Tried, outcome not recorded" : "Replaced before it was tried";
      return fix.applied_at ? "Applied, being verified" : "Proposed";
  }
}

/** What a lane item is and where it stands, in words. */
export function describeItem(item: Pick<SharedItem, "kind" | "status">): string {
  const kind = item.kind === "question" ? "Question" : "Check";
  const status = { open: "open", answered: "answered", skipped: "skipped", set_aside: "set aside" }[
    item.status
  ];
  return `${kind} · ${status}`;
}
