import { useId, useState, type FormEvent, type KeyboardEvent } from "react";
import { Button } from "@/shared/ui/Button";
import { useDraft } from "../composer/useDraft";
import { noteLabels, notePlace, type NotedOutcome } from "../model/bannerNote";

const maxLength = 500;
const tellLengthFrom = 400;

interface Props {
  sessionId: string;
  fixId: string;
  outcome: NotedOutcome;
  /** Stands in the field until something is typed. */
  initial: string;
  /** The engineer asked for the field just now. */
  focus: boolean;
  busy: boolean;
  disabled: boolean;
  formId?: string;
  /** The button that records; null when a button outside of the form does. */
  submitLabel?: string | null;
  cancelLabel?: string;
  /** `forget` drops the draft; call it once the note is stored. */
  onSave: (notes: string, forget: () => void) => void;
  onCancel?: () => void;
}

/** The note to an outcome, typed where the outcome is chosen. Enter records it, Escape leaves it; what is typed is kept. */
export function OutcomeNote({
  sessionId,
  fixId,
  outcome,
  initial,
  focus,
  busy,
  disabled,
  formId,
  submitLabel = "Record",
  cancelLabel = "Cancel",
  onSave,
  onCancel,
}: Props) {
  const [draft, setDraft] = useDraft(sessionId, notePlace(fixId, outcome));
  const [typed, setTyped] = useState(draft !== "");
  const id = useId();
  const notes = typed ? draft : initial;
  const incomplete = outcome === "applied_partial" && notes.trim() === "";

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!incomplete && !busy && !disabled) onSave(notes, () => setDraft(""));
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>) {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      event.currentTarget.form?.requestSubmit();
    }
    if (event.key === "Escape" && onCancel) {
      event.stopPropagation();
      onCancel();
    }
  }

  return (
    <form id={formId} onSubmit={submit} className="flex max-w-[640px] animate-fade flex-col gap-1.5">
      <div className="flex items-baseline justify-between gap-3 text-[13px] text-muted-fg">
        <label htmlFor={id}>{noteLabels[outcome]}</label>
        {notes.length >= tellLengthFrom && (
          <span className="font-mono text-[11px]">
            {notes.length} / {maxLength}
          </span>
        )}
      </div>
      <div className="flex flex-wrap items-start gap-2">
        <textarea
          id={id}
          // oxlint-disable-next-line jsx-a11y/no-autofocus
          autoFocus={focus}
          rows={1}
          maxLength={maxLength}
          required={outcome === "applied_partial"}
          value={notes}
          onChange={(event) => {
            setTyped(true);
            setDraft(event.target.value);
          }}
          onKeyDown={onKeyDown}
          className="field-sizing-content max-h-32 min-h-9 min-w-[180px] flex-1 resize-none rounded-control border border-line-hover bg-page px-2.5 py-[7px] text-primary"
        />
        {submitLabel !== null && (
          <Button type="submit" tone="accent" busy={busy} disabled={incomplete || disabled}>
            {submitLabel}
          </Button>
        )}
        {onCancel && (
          <Button tone="ghost" onClick={onCancel}>
            {cancelLabel}
          </Button>
        )}
      </div>
    </form>
  );
}
