import { useState } from "react";
import type { FixOutcome, FixResource } from "@/api/generated";
import { Button } from "@/shared/ui/Button";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { OutcomeNote } from "../banner/OutcomeNote";
import { sending } from "../banner/state";
import { useFixCommand } from "../commands/fixes";
import { useDraft } from "../composer/useDraft";
import { useCloseQuestion } from "./useReplacedFixes";

/** A fix that was run and then replaced: one line asks whether it helped, so that no later fix takes its credit or its blame. */
export function ReplacedFix({ sessionId, fix }: { sessionId: string; fix: FixResource }) {
  const { run, running, refused } = useFixCommand(sessionId);
  const [noting, setNoting] = useDraft(sessionId, `replaced-note.${fix.id}`);
  const [focus, setFocus] = useState(false);
  const close = useCloseQuestion(sessionId, fix.id);
  const answer = (label: string, outcome: FixOutcome) => (
    <Button
      size="sm"
      onClick={() => run(fix, { kind: "outcome", outcome })}
      {...sending(running, "outcome", outcome)}
    >
      {label}
    </Button>
  );
  return (
    <section
      aria-label={`Did “${fix.title}” help?`}
      className="mx-auto flex w-full max-w-[640px] flex-col gap-2 rounded-card border border-dashed border-proposal/30 px-3 py-2 text-[13px]"
    >
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <p className="min-w-[180px] flex-1 break-words text-muted-fg">
          Did <strong className="font-semibold text-heading">“{fix.title}”</strong> help? It was applied
          before it was replaced.
        </p>
        <div className="flex flex-wrap gap-1.5 pointer-coarse:[&>button]:min-h-9">
          {answer("Yes", "applied_success")}
          {answer("No", "applied_failed")}
          <Button
            size="sm"
            aria-expanded={noting !== ""}
            onClick={() => {
              setFocus(true);
              setNoting("open");
            }}
            disabled={running !== null}
          >
            Partly…
          </Button>
          <Button size="sm" tone="ghost" onClick={close} disabled={running !== null}>
            Don't know
          </Button>
        </div>
      </div>
      {noting !== "" && (
        <OutcomeNote
          sessionId={sessionId}
          fixId={fix.id}
          outcome="applied_partial"
          initial={fix.partial_notes ?? ""}
          focus={focus}
          onSave={(notes, forget) =>
            run(fix, { kind: "outcome", outcome: "applied_partial", notes }, () => {
              forget();
              setNoting("");
            })
          }
          onCancel={() => setNoting("")}
          {...sending(running, "outcome", "applied_partial")}
        />
      )}
      {refused && <ProblemNotice error={refused.error} />}
    </section>
  );
}
