import type { FormEvent, KeyboardEvent } from "react";
import type { FactResource } from "@/api/generated";
import { Button } from "@/shared/ui/Button";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { useEditFact } from "../commands/facts";
import { factChange, type FactDraft } from "../model/laneFacts";

const maxText = 2000;
const maxSummary = 200;

interface Props {
  sessionId: string;
  fact: FactResource;
  draft: FactDraft;
  onDraft: (draft: FactDraft | null) => void;
  onLeave: () => void;
}

/** Enter saves, Shift+Enter breaks the line, Escape leaves and keeps what was typed. */
export function FactEditor({ sessionId, fact, draft, onDraft, onLeave }: Props) {
  const edit = useEditFact(sessionId, fact.id, () => {
    onDraft(null);
    onLeave();
  });
  const change = factChange(fact, draft);
  const savable = draft.text.trim() !== "";

  function save() {
    if (!savable || edit.isPending) return;
    if (change) edit.mutate(change);
    else {
      onDraft(null);
      onLeave();
    }
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "Escape") {
      // It leaves the field, not the drawer around it.
      event.stopPropagation();
      onLeave();
    } else if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
      if (event.target instanceof HTMLButtonElement) return;
      event.preventDefault();
      save();
    }
  }

  return (
    // The keys are those of its fields, wherever the focus is in it.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <form
      aria-label="Correct the fact"
      onKeyDown={onKeyDown}
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        save();
      }}
      className="flex min-w-0 flex-col gap-2"
    >
      <textarea
        // The engineer asked for the field just now; the focus belongs there.
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        rows={3}
        maxLength={maxText}
        value={draft.text}
        onChange={(event) => onDraft({ ...draft, text: event.target.value })}
        aria-label="Fact"
        className="field-sizing-content max-h-60 w-full min-w-0 rounded-control border border-line-hover bg-page px-2.5 py-1.5"
      />
      <input
        maxLength={maxSummary}
        value={draft.summary}
        onChange={(event) => onDraft({ ...draft, summary: event.target.value })}
        aria-label="What it rules in or out"
        placeholder="What it rules in or out"
        className="h-8 w-full min-w-0 rounded-control border border-line-hover bg-page px-2.5 text-[13px]"
      />
      {edit.isError && <ProblemNotice error={edit.error} />}
      <div className="flex flex-wrap gap-2">
        <Button size="sm" tone="accent" type="submit" busy={edit.isPending} disabled={!savable}>
          Save
        </Button>
        <Button
          size="sm"
          tone="ghost"
          onClick={() => {
            onDraft(null);
            onLeave();
          }}
        >
          {change ? "Discard the change" : "Cancel"}
        </Button>
      </div>
    </form>
  );
}
