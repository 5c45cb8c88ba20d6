import { useState } from "react";
import type { UpdateAudience } from "@/api/generated";
import { classes } from "@/shared/lib/classes";
import { useDraft } from "../composer/useDraft";
import { audiences, toAudience } from "../model/updates";
import { EarlierPosts } from "./EarlierPosts";
import { FloatingPanel } from "./FloatingPanel";
import { NeedsTicket } from "./NeedsTicket";
import type { DialogProps } from "./SessionDialogs";
import { UpdateForm } from "./UpdateForm";

/** An interim update for the ticket: whom it is for, what it says, and what was posted before. */
export function ShareUpdateDialog({ detail, anchor, onClose }: DialogProps) {
  const { session } = detail;
  const [chosen, choose] = useDraft(session.id, "update-audience");
  // While an update is on its way its audience stays what it was.
  const [busy, setBusy] = useState(false);
  const audience = toAudience(chosen);
  const ticket = session.psa_ticket_id;

  return (
    <FloatingPanel
      wide
      title="Share an update"
      subtitle={ticket ? `Goes to ticket #${ticket}. The session goes on.` : "No ticket is linked."}
      anchor={anchor}
      onClose={onClose}
    >
      {ticket ? (
        <>
          <AudienceChoice audience={audience} disabled={busy} onChoose={choose} />
          <UpdateForm key={audience} audience={audience} session={session} onBusy={setBusy} />
        </>
      ) : (
        <NeedsTicket why="An update stands on a ticket. Link the one this session is about." />
      )}
      <EarlierPosts sessionId={session.id} />
    </FloatingPanel>
  );
}

interface ChoiceProps {
  audience: UpdateAudience;
  disabled: boolean;
  onChoose: (audience: UpdateAudience) => void;
}

function AudienceChoice({ audience, disabled, onChoose }: ChoiceProps) {
  return (
    <fieldset disabled={disabled} className="flex flex-col gap-1.5">
      <legend className="mb-1.5 text-[13px] text-muted-fg">Whom it is for</legend>
      <div className="flex flex-wrap gap-2">
        {audiences.map(({ value, label }) => (
          <label
            key={value}
            className={classes(
              "flex min-h-9 cursor-pointer items-center gap-2 rounded-control border px-3 has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent",
              value === audience ? "border-accent text-heading" : "border-line-hover text-muted-fg",
            )}
          >
            <input
              type="radio"
              name="audience"
              value={value}
              checked={value === audience}
              onChange={() => onChoose(value)}
              className="accent-accent"
            />
            {label}
          </label>
        ))}
      </div>
      <p className="text-[12.5px] text-muted-fg">{audiences.find(({ value }) => value === audience)?.hint}</p>
    </fieldset>
  );
}
