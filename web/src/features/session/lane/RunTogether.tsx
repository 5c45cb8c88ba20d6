import { Check } from "lucide-react";
import { useId, useMemo, type FormEvent } from "react";
import type { LaneItemResource } from "@/api/generated";
import { classes } from "@/shared/lib/classes";
import { Button } from "@/shared/ui/Button";
import { commandBlock } from "../model/lane";
import { CodeBox } from "./CodeBox";
import type { OutboxEntry } from "../composer/outbox";
import { FailedAnswer } from "./FailedAnswer";
import type { LaneActions } from "./itemCard";
import { doneWord, emptyDraft, filledAnswers, type ItemDraft } from "./laneDrafts";
import { OutputField } from "./OutputField";

interface Props {
  checks: LaneItemResource[];
  drafts: Record<string, ItemDraft>;
  actions: LaneActions;
  sendingIds: ReadonlySet<string>;
  failed: ReadonlyMap<string, OutboxEntry>;
  onClose: () => void;
}

/**
 * The remaining checks worked in one go: all commands in one block to copy, a field for what each printed, one button. What is
 * filled in here stands in the cards too, and the other way round.
 */
export function RunTogether({ checks, drafts, actions, sendingIds, failed, onClose }: Props) {
  const title = useId();
  const commands = useMemo(() => commandBlock(checks), [checks]);
  const results = filledAnswers(checks, drafts);
  const sending = checks.some((check) => sendingIds.has(check.id));

  function submit(event: FormEvent) {
    event.preventDefault();
    if (results.length === 0 || sending) return;
    actions.submit(results);
    onClose();
  }

  return (
    <form
      role="group"
      aria-labelledby={title}
      onSubmit={submit}
      className="flex min-w-0 flex-col gap-3 rounded-card border border-line-hover bg-card px-3 py-2.5"
    >
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h4 id={title} className="font-medium text-heading">
          {checks.length} checks in one go
        </h4>
        <Button size="sm" tone="ghost" onClick={onClose}>
          One by one
        </Button>
      </div>
      {commands !== "" && <CodeBox text={commands} label="All commands" copyLabel="Copy all commands" />}
      {checks.map((check, index) => {
        const draft = drafts[check.id] ?? emptyDraft;
        const done = draft.answer === doneWord;
        const unsent = failed.get(check.id);
        return (
          <div key={check.id} data-item={check.id} tabIndex={-1} className="flex min-w-0 flex-col gap-1.5">
            <p className="text-[13px] wrap-anywhere text-primary">
              {index + 1}. {check.text}
            </p>
            {unsent && <FailedAnswer entry={unsent} onTakeBack={actions.takeBack} />}
            <OutputField item={check} draft={draft} onChange={actions.change} />
            <button
              type="button"
              aria-pressed={done}
              aria-label={`Done, nothing to paste: ${check.text}`}
              onClick={() => actions.change(check.id, { answer: done ? "" : doneWord })}
              className={classes(
                "inline-flex min-h-7 items-center gap-1 self-start rounded-full border px-2.5 text-[12.5px] transition-colors duration-150",
                done
                  ? "border-accent bg-accent/10 text-heading"
                  : "border-line-hover text-primary hover:bg-elevated",
              )}
            >
              {done && <Check aria-hidden className="size-3" />}
              Done, nothing to paste
            </button>
          </div>
        );
      })}
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <Button tone="accent" size="sm" type="submit" busy={sending} disabled={results.length === 0}>
          {sendLabel(results.length)}
        </Button>
        <span className="text-[12.5px] text-muted-fg">What stays empty stays open.</span>
      </div>
    </form>
  );
}

function sendLabel(results: number): string {
  if (results === 0) return "Send results";
  return results === 1 ? "Send 1 result" : `Send ${results} results`;
}
