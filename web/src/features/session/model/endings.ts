import type { FixResource, PreviewAnswer, SessionResource } from "@/api/generated";
import type { SessionStatus } from "@/shared/lib/sessionStatus";
import { needsWord, type NoteKind } from "../surfaces";

export const noteLimit = 20_000;

/** How each of the two artifacts is spoken of. */
export const noteWords: Record<
  NoteKind,
  { title: string; short: string; confirm: string; busy: string; ended: SessionStatus; endedWord: string }
> = {
  resolution_note: {
    title: "Resolution note",
    short: "note",
    confirm: "resolve",
    busy: "Resolving",
    ended: "resolved",
    endedWord: "Resolved",
  },
  escalation_package: {
    title: "Escalation package",
    short: "package",
    confirm: "escalate",
    busy: "Escalating",
    ended: "escalated",
    endedWord: "Escalated",
  },
};

/** The statuses in which a session can be ended with each artifact. */
const confirmable: Record<NoteKind, SessionStatus[]> = {
  resolution_note: ["active", "paused", "requesting_escalation", "escalated"],
  escalation_package: ["active", "paused", "requesting_escalation", "resolved"],
};

export function canConfirm(kind: NoteKind, status: SessionStatus): boolean {
  return confirmable[kind].includes(status);
}

/** Where the artifact goes, or went, and what happens to the ticket's status. */
export function destination(
  session: SessionResource,
  preview: PreviewAnswer | undefined,
  chosenStatus: string | null = null,
): string[] {
  const ticket = preview ? preview.target_ticket_ref : session.psa_ticket_id;
  const status = (preview?.confirmed ? null : chosenStatus) ?? preview?.target_status;
  if (preview?.confirmed) {
    if (!ticket) return ["Kept with this session; nothing was posted"];
    return [`Posted to ticket #${ticket}`, status ? `status “${status}”` : "verified"];
  }
  if (ticket) {
    if (!preview) return [`Goes to ticket #${ticket}`];
    return [`Goes to ticket #${ticket}`, status ? `status becomes “${status}”` : "the status stays as it is"];
  }
  return [
    session.psa_ticket_id
      ? `This account keeps notes here: nothing is posted to ticket #${session.psa_ticket_id}`
      : "No ticket is linked: it is kept here and nothing is posted",
  ];
}

/** Which text this is: from the cache or fresh, of which state, written by whom. */
export function origin(preview: PreviewAnswer): string {
  const by = preview.generated_by === "renderer" ? "written without the model" : "written by the model";
  return [preview.from_cache ? "cached" : "fresh", `v${preview.state_version}`, preview.generated_by && by]
    .filter(Boolean)
    .join(" · ");
}

/** A run that nobody has judged counts as worked once the session is resolved; its title, so that this is said before. */
export function countsAsWorked(fix: FixResource | null | undefined): string | null {
  return fix && needsWord(fix) && fix.status === "proposed" ? fix.title : null;
}

/** Why the text cannot be confirmed as it is. */
export function whyNotConfirm(markdown: string, short: string): string | null {
  if (markdown.trim() === "") return `The ${short} is empty.`;
  if (markdown.length > noteLimit)
    return `The ${short} has ${markdown.length.toLocaleString("en-GB")} characters; ${noteLimit.toLocaleString("en-GB")} are allowed.`;
  return null;
}
