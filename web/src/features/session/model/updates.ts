import type { ArtifactKind, PostLogEntry, UpdateAudience, WritebackResource } from "@/api/generated";

/** Whom an update is for, and where on the ticket it therefore stands. */
export const audiences: { value: UpdateAudience; label: string; hint: string }[] = [
  { value: "internal", label: "Colleagues", hint: "An internal note: the customer does not see it." },
  { value: "client", label: "The client", hint: "A note in the discussion: the customer sees it." },
  {
    value: "request_info",
    label: "Ask the client",
    hint: "A note in the discussion that asks the customer for what is still open.",
  },
];

const artifacts: Record<UpdateAudience, ArtifactKind> = {
  internal: "update_internal",
  client: "update_client",
  request_info: "update_request_info",
};

export function artifactFor(audience: UpdateAudience): ArtifactKind {
  return artifacts[audience];
}

export function toAudience(stored: string): UpdateAudience {
  return audiences.find(({ value }) => value === stored)?.value ?? "internal";
}

const kinds: Record<PostLogEntry["kind"], string> = {
  resolution_note: "Resolution note",
  escalation_package: "Escalation package",
  update_internal: "Update for colleagues",
  update_client: "Update for the client",
  update_request_info: "Question to the client",
  spin_off_ticket: "Second ticket",
};

const states: Record<PostLogEntry["state"], string> = {
  running: "on its way",
  done: "posted",
  unverified: "posted, not verified",
  failed: "not posted",
};

export function postedWhat(entry: PostLogEntry): string {
  return kinds[entry.kind];
}

export function postedHow(entry: PostLogEntry): string {
  return states[entry.state];
}

/** What is on its way to the ticket, or did not get there. */
export function unfinishedWords(writeback: WritebackResource): string {
  const what = kinds[writeback.kind].toLowerCase();
  if (writeback.state === "running") return `The ${what} is on its way to the ticket.`;
  return `The ${what} is not finished${writeback.error ? `: ${writeback.error.detail}` : "."}`;
}
