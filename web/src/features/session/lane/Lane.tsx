import { useRef } from "react";
import type { FactResource, ItemAnswerBody, LaneItemResource } from "@/api/generated";
import { Button } from "@/shared/ui/Button";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { discard, useOutbox } from "../composer/outbox";
import { sendAgain, sendAnswers } from "../commands/messages";
import { toLane } from "../model/lane";
import { AddNote } from "./AddNote";
import { CheckCard } from "./CheckCard";
import { FactCard } from "./FactCard";
import { filledAnswers } from "./laneDrafts";
import { LaneSection } from "./LaneSection";
import { QuestionCard } from "./QuestionCard";
import { SetAside } from "./SetAside";
import { useLaneDrafts } from "./useLaneDrafts";
import { useShowNewItems } from "./useShowNewItems";

interface Props {
  sessionId: string;
  items: LaneItemResource[];
  facts: FactResource[];
  working: boolean;
  readOnly: boolean;
}

/** What the diagnosis stands on: facts, open questions, checks. Laid out by its own width, wherever it is shown. */
export function Lane({ sessionId, items, facts, working, readOnly }: Props) {
  const drafts = useLaneDrafts(sessionId);
  const entries = useOutbox((store) => store.entries);
  const scroller = useRef<HTMLDivElement>(null);
  useShowNewItems(scroller, items);
  const lane = toLane(items, facts);
  const unsent = entries.filter((entry) => entry.sessionId === sessionId && entry.answers !== null);
  const sendingIds = new Set(unsent.filter((entry) => entry.state === "sending").flatMap(answeredIds));
  const together = filledAnswers(items, drafts.all);

  function submit(answers: ItemAnswerBody[]) {
    sendAnswers(sessionId, answers);
    drafts.clear(answers.map((answer) => answer.item_id));
  }

  const card = (item: LaneItemResource) => ({
    item,
    draft: drafts.of(item.id),
    onDraft: (patch: Parameters<typeof drafts.change>[1]) => drafts.change(item.id, patch),
    onSubmit: (answer: ItemAnswerBody) => submit([answer]),
    sending: sendingIds.has(item.id),
    readOnly,
    promoted: facts.find((fact) => fact.id === item.promoted_fact_id)?.text ?? null,
  });

  return (
    <div className="@container flex min-h-0 flex-1 flex-col">
      <div ref={scroller} className="flex min-h-0 flex-1 flex-col gap-5 overflow-y-auto px-4 py-4">
        {working && (
          <p className="flex items-center gap-2 text-[12.5px] text-muted-fg">
            <span className="size-2 animate-pulse-soft rounded-full bg-accent" />
            The pilot is thinking
          </p>
        )}
        {unsent
          .filter((entry) => entry.state === "failed")
          .map((entry) => (
            <div key={entry.key} className="flex flex-col gap-1.5">
              <ProblemNotice error={entry.problem ?? interrupted} onRetry={() => sendAgain(entry)} />
              <Button size="sm" tone="ghost" className="self-end" onClick={() => discard(entry.key)}>
                Discard the answer
              </Button>
            </div>
          ))}
        <LaneSection title="What we know" count={`${lane.facts.length}`} tone="accent">
          {lane.facts.length === 0 && (
            <p className="text-[13px] text-muted-fg">
              Nothing is confirmed yet. Answers and checks become facts here.
            </p>
          )}
          <ul className="flex flex-col gap-2">
            {lane.facts.map((fact) => (
              <FactCard key={fact.id} fact={fact} />
            ))}
          </ul>
          {!readOnly && <AddNote sessionId={sessionId} />}
        </LaneSection>
        {lane.questions.length > 0 && (
          <LaneSection title="Questions" count={`${lane.openQuestions} unanswered`} tone="warning">
            {lane.questions.map((item) => (
              <QuestionCard key={item.id} {...card(item)} />
            ))}
          </LaneSection>
        )}
        {lane.checks.length > 0 && (
          <LaneSection
            title="Diagnostic checks"
            count={`${lane.checksRun} / ${lane.checks.length} run`}
            tone="info"
          >
            {lane.checks.map((item) => (
              <CheckCard key={item.id} {...card(item)} />
            ))}
          </LaneSection>
        )}
        {lane.setAside.length > 0 && <SetAside items={lane.setAside} />}
        {lane.open === 0 && !working && !readOnly && lane.facts.length > 0 && (
          <p className="text-[12.5px] text-muted-fg">
            Nothing is open. Tell the pilot what you see, or resolve the session.
          </p>
        )}
      </div>
      {!readOnly && together.length > 1 && (
        <div className="flex shrink-0 items-center justify-between gap-3 border-t border-line px-4 py-2.5">
          <span className="text-[13px] text-muted-fg">{together.length} answers are ready</span>
          <Button tone="accent" size="sm" onClick={() => submit(together)}>
            Send {together.length} answers
          </Button>
        </div>
      )}
    </div>
  );
}

const interrupted = {
  status: 0,
  code: "interrupted",
  detail: "The page was closed before the answer was confirmed. Sending it again is safe.",
};

function answeredIds(entry: { answers: ItemAnswerBody[] | null }): string[] {
  return entry.answers?.map((answer) => answer.item_id) ?? [];
}
