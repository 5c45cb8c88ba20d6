import { useId, useState, type FormEvent } from "react";
import { Button } from "@/shared/ui/Button";

const maxLength = 500;

interface Props {
  label: string;
  required: boolean;
  initial: string;
  busy: boolean;
  onSave: (notes: string) => void;
  onCancel: () => void;
}

/** The note to an outcome, typed where the outcome is chosen. Enter records it, Escape leaves it. */
export function OutcomeNote({ label, required, initial, busy, onSave, onCancel }: Props) {
  const [notes, setNotes] = useState(initial);
  const id = useId();
  const incomplete = required && notes.trim() === "";

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!incomplete && !busy) onSave(notes);
  }

  return (
    // Escape leaves the form from any of its fields.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <form
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === "Escape") onCancel();
      }}
      className="mt-1 flex max-w-[640px] animate-fade flex-col gap-1.5"
    >
      <label htmlFor={id} className="text-[13px] text-muted-fg">
        {label}
      </label>
      <div className="flex flex-wrap gap-2">
        <input
          id={id}
          // The engineer asked for the field just now; the focus belongs there.
          // oxlint-disable-next-line jsx-a11y/no-autofocus
          autoFocus
          maxLength={maxLength}
          value={notes}
          onChange={(event) => setNotes(event.target.value)}
          className="h-9 min-w-[180px] flex-1 rounded-control border border-line-hover bg-page px-2.5"
        />
        <Button type="submit" tone="accent" busy={busy} disabled={incomplete}>
          Record
        </Button>
        <Button tone="ghost" onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
