import { useId } from "react";
import type { PreviewAnswer, SessionDetail } from "@/api/generated";
import { sessionStatusLabel } from "@/shared/lib/sessionStatus";
import { Button } from "@/shared/ui/Button";
import { canConfirm, noteWords, origin, whyNotConfirm } from "../model/endings";
import { toSteps } from "../model/writeback";
import { needsWord, type NoteKind } from "../surfaces";
import { PostResult } from "./PostResult";
import { PostSteps } from "./PostSteps";
import { StatusChoice } from "./StatusChoice";
import type { NoteText } from "./useNoteText";
import type { Posting } from "./usePosting";

interface Props {
  kind: NoteKind;
  detail: SessionDetail;
  preview: PreviewAnswer | undefined;
  refreshing: boolean;
  /** The text is of an earlier state; the present one's is being written. */
  stale: boolean;
  text: NoteText;
  posting: Posting;
  editing: boolean;
  onEditing: (editing: boolean) => void;
}

/** Where the artifact is confirmed, and how its posting goes. */
export function NoteFooter(props: Props) {
  const { kind, detail, preview, refreshing, stale, text, posting, editing, onEditing } = props;
  const { session } = detail;
  const words = noteWords[kind];
  const open = canConfirm(kind, session.status);
  const ended = session.status === words.ended;
  const toTicket = Boolean(preview ? preview.target_ticket_ref : session.psa_ticket_id);
  const { writeback, running, unfinished } = posting;
  const openFix = kind === "escalation_package" && needsWord(detail.active_fix);
  const why = whyNot();
  const whyId = useId();
  const written = preview !== undefined || text.edited;
  const onlyRest = unfinished && text.wasConfirmed;

  function whyNot(): string | null {
    if (openFix) return "Say first whether the fix helped.";
    if (stale && !text.edited) return `The ${words.short} is being refreshed.`;
    return whyNotConfirm(text.text, words.short);
  }

  return (
    <>
      {toTicket && (running || unfinished || (ended && writeback)) && (
        <PostSteps
          steps={toSteps(writeback, posting.sending && writeback?.state !== "running", words.short)}
        />
      )}
      <PostResult kind={kind} session={session} error={posting.error} running={running} />
      {!open && !ended && (
        <p className="text-[13px] text-muted-fg">
          The session is {sessionStatusLabel(session.status).toLowerCase()}: reopen it to {words.confirm} it.
        </p>
      )}
      {open && (
        <>
          {kind === "escalation_package" && <Reason posting={posting} />}
          {toTicket && !onlyRest && (
            <StatusChoice sessionId={session.id} usual={preview?.target_status ?? null} posting={posting} />
          )}
          <div className="flex flex-wrap items-center justify-between gap-2">
            <p className="min-w-0 font-mono text-[11px] text-muted-fg">
              {preview && (refreshing ? "refreshing…" : origin(preview))}
            </p>
            <div className="flex flex-wrap gap-2">
              <Button onClick={() => onEditing(!editing)} disabled={!written || running}>
                {editing ? "Read" : "Edit"}
              </Button>
              {unfinished && !text.wasConfirmed && (
                <Button
                  onClick={posting.retryRest}
                  title="Posts what is left of the last attempt, as it was confirmed"
                >
                  Retry the last attempt
                </Button>
              )}
              <Button
                tone={kind === "resolution_note" ? "success" : "proposal"}
                busy={running}
                disabled={!onlyRest && !running && (why !== null || !written)}
                aria-describedby={why && !onlyRest && written ? whyId : undefined}
                onClick={onlyRest ? posting.retryRest : posting.confirm}
              >
                {label(words, { running, toTicket, onlyRest, again: posting.error !== null })}
              </Button>
            </div>
          </div>
          {why && !onlyRest && !running && written && (
            <p id={whyId} className="text-right text-[12.5px] text-muted-fg">
              {why}
            </p>
          )}
        </>
      )}
    </>
  );
}

function Reason({ posting }: { posting: Posting }) {
  const id = useId();
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="text-[12.5px] text-muted-fg">
        Reason, shown in the queue (optional)
      </label>
      <input
        id={id}
        maxLength={500}
        value={posting.reason}
        readOnly={posting.running}
        onChange={(event) => posting.setReason(event.target.value)}
        placeholder="The first sentence of the package"
        className="h-9 w-full rounded-control border border-line-hover bg-page px-2.5"
      />
    </div>
  );
}

interface Situation {
  running: boolean;
  toTicket: boolean;
  /** Only what is left of an attempt with this very text. */
  onlyRest: boolean;
  again: boolean;
}

function label(
  words: (typeof noteWords)[NoteKind],
  { running, toTicket, onlyRest, again }: Situation,
): string {
  if (running) return toTicket ? "Posting" : words.busy;
  if (onlyRest || again) return "Retry";
  return toTicket ? "Confirm & post" : `Confirm & ${words.confirm}`;
}
