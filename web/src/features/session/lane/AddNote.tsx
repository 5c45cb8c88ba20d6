import { Plus } from "lucide-react";
import { useState, type FormEvent } from "react";
import { Button } from "@/shared/ui/Button";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { useAddFact } from "../commands/facts";
import { useDraft } from "../composer/useDraft";

const maxLength = 2000;

/** Adds what the engineer knows as a fact. */
export function AddNote({ sessionId }: { sessionId: string }) {
  const [text, setText] = useDraft(sessionId, "note");
  const [open, setOpen] = useState(text !== "");
  const add = useAddFact(sessionId);

  function submit(event: FormEvent) {
    event.preventDefault();
    const note = text.trim();
    if (note === "" || add.isPending) return;
    add.mutate(note, {
      onSuccess: () => {
        setText("");
        setOpen(false);
      },
    });
  }

  if (!open) {
    return (
      <Button size="sm" tone="ghost" className="self-start" onClick={() => setOpen(true)}>
        <Plus aria-hidden className="size-3.5" />
        Add a note
      </Button>
    );
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-2">
      <textarea
        // The engineer asked for the field just now; the focus belongs there.
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        rows={2}
        maxLength={maxLength}
        value={text}
        onChange={(event) => setText(event.target.value)}
        aria-label="Note"
        placeholder="What do you know for sure?"
        className="w-full rounded-control border border-line-hover bg-card px-2.5 py-1.5"
      />
      {add.isError && <ProblemNotice error={add.error} />}
      <div className="flex gap-2">
        <Button size="sm" tone="accent" type="submit" busy={add.isPending} disabled={text.trim() === ""}>
          Save note
        </Button>
        <Button
          size="sm"
          tone="ghost"
          onClick={() => {
            setText("");
            setOpen(false);
          }}
        >
          Cancel
        </Button>
      </div>
    </form>
  );
}
