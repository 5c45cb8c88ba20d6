import { Plus } from "lucide-react";
import { useRef, useState, type FormEvent } from "react";
import { flushSync } from "react-dom";
import { Button } from "@/shared/ui/Button";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { useAddFact } from "../commands/facts";
import { useDraft } from "../composer/useDraft";
import { submitOnModEnter } from "./submitOnModEnter";

const maxLength = 2000;

/** Adds what the engineer knows as a fact. */
export function AddNote({ sessionId }: { sessionId: string }) {
  const [text, setText] = useDraft(sessionId, "note");
  const [open, setOpen] = useState(text !== "");
  const [asked, setAsked] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const add = useAddFact(sessionId, () => close());

  /** The focus stays where the note was written. */
  function close() {
    const inside = box.current?.contains(document.activeElement);
    setText("");
    flushSync(() => setOpen(false));
    if (inside) box.current?.querySelector("button")?.focus({ preventScroll: true });
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    const note = text.trim();
    if (note !== "" && !add.isPending) add.mutate(note);
  }

  return (
    <div ref={box} className="flex min-w-0 flex-col">
      {open ? (
        <form onSubmit={submit} className="flex min-w-0 flex-col gap-2">
          <textarea
            // The engineer asked for the field just now; the focus belongs there. A kept draft does not ask for it.
            // oxlint-disable-next-line jsx-a11y/no-autofocus
            autoFocus={asked}
            rows={2}
            maxLength={maxLength}
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={submitOnModEnter}
            aria-label="Note"
            placeholder="What do you know for sure?"
            className="w-full min-w-0 rounded-control border border-line-hover bg-card px-2.5 py-1.5"
          />
          {add.isError && <ProblemNotice error={add.error} />}
          <div className="flex flex-wrap gap-2">
            <Button size="sm" tone="accent" type="submit" busy={add.isPending} disabled={text.trim() === ""}>
              Save note
            </Button>
            <Button size="sm" tone="ghost" onClick={close}>
              Cancel
            </Button>
          </div>
        </form>
      ) : (
        <Button
          size="sm"
          tone="ghost"
          className="self-start"
          onClick={() => {
            setAsked(true);
            setOpen(true);
          }}
        >
          <Plus aria-hidden className="size-3.5" />
          Add a note
        </Button>
      )}
    </div>
  );
}
