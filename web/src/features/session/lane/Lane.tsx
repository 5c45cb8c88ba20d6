import { memo, useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { FactResource, LaneItemResource } from "@/api/generated";
import { Button } from "@/shared/ui/Button";
import { useOutbox } from "../composer/outbox";
import { isDraftingFacts, isOpen, toLane } from "../model/lane";
import { factsByItem } from "../model/laneFacts";
import { classes } from "@/shared/lib/classes";
import { useLive } from "../stream/liveStore";
import { useSurfaces } from "../surfaces";
import { CheckCard } from "./CheckCard";
import { DismissedProposals } from "./DismissedProposals";
import { EarlierItems } from "./EarlierItems";
import { FailedAnswer } from "./FailedAnswer";
import type { LaneActions } from "./itemCard";
import { emptyDraft, failedByItem, filledAnswers } from "./laneDrafts";
import { LaneDisclosure, LaneSection } from "./LaneSection";
import { QuestionCard } from "./QuestionCard";
import { RunTogether } from "./RunTogether";
import { SetAsideItem } from "./SetAside";
import { useLaneAnswers } from "./useLaneAnswers";
import { useRevealInLane, useRevealWhenThere } from "./useRevealInLane";
import { useShowNewItems } from "./useShowNewItems";
import { WhatWeKnow } from "./WhatWeKnow";

interface Props {
  sessionId: string;
  items: LaneItemResource[];
  facts: FactResource[];
  /** Set when the session has closed items that it left out. */
  earlierCursor: string | null;
  working: boolean;
  readOnly: boolean;
  onOpenScriptBuilder?: () => void;
}

/** What the diagnosis stands on: facts, open questions, checks. Laid out by its own width, wherever it is shown. */
export const Lane = memo(function Lane(props: Props) {
  const { sessionId, items, facts, earlierCursor, working, readOnly, onOpenScriptBuilder } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const lane = useMemo(() => toLane(items), [items]);
  const order = useMemo(() => [...lane.questions, ...lane.checks], [lane]);
  const answers = useLaneAnswers({ sessionId, items, order, working, scroller });
  const failed = useMemo(() => failedByItem(answers.failed, order), [answers.failed, order]);
  const factOf = useMemo(() => factsByItem(items, facts), [items, facts]);
  const together = useMemo(() => filledAnswers(items, answers.drafts), [items, answers.drafts]);
  const drafting = useDraftingFacts(sessionId);

  const [runTogether, setRunTogether] = useState(false);
  const toRun = useMemo(() => lane.openChecks.filter((check) => !check.action), [lane]);
  const inOneGo = runTogether && toRun.length > 0 && !readOnly;
  const cards = inOneGo ? lane.checks.filter((check) => !toRun.includes(check)) : lane.checks;

  const [showAside, setShowAside] = useState(false);
  const revealed = useSurfaces((surfaces) => surfaces.revealed);
  useEffect(() => {
    if (lane.setAside.some((item) => item.id === revealed?.id)) setShowAside(true);
    // A section that was closed again stays closed until something in it is pointed at anew.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [revealed]);
  useRevealInLane(scroller, [items, facts, showAside]);
  useShowNewItems(scroller, items);

  const { change, submit, fillIn, takeBack } = answers;
  const openDialog = useSurfaces((surfaces) => surfaces.openDialog);
  const revealOpen = useRevealWhenThere("item", (id) => order.some((item) => item.id === id && isOpen(item)));
  const reopened = useCallback(
    (item: LaneItemResource) => {
      fillIn({ item_id: item.id, answer: item.answer, output: item.output });
      revealOpen(item.id);
    },
    [fillIn, revealOpen],
  );
  const actions = useMemo<LaneActions>(
    () => ({
      change,
      submit,
      takeBack,
      reopened,
      openSpinOff: () => openDialog("spinOff"),
      onOpenScriptBuilder,
    }),
    [change, submit, takeBack, reopened, openDialog, onOpenScriptBuilder],
  );

  const card = (item: LaneItemResource) => ({
    sessionId,
    item,
    draft: answers.drafts[item.id] ?? emptyDraft,
    actions,
    sending: answers.sendingIds.has(item.id),
    readOnly,
    fact: factOf.get(item.id) ?? null,
    failed: failed.byItem.get(item.id) ?? null,
  });

  return (
    <>
      <div
        ref={scroller}
        className="flex min-h-0 min-w-0 flex-1 flex-col gap-5 overflow-x-hidden overflow-y-auto px-4 py-4"
      >
        {working && (
          <p className="flex items-center gap-2 text-[12.5px] text-muted-fg">
            <ThinkingPip sessionId={sessionId} />
            The pilot is thinking
          </p>
        )}
        {failed.others.map((entry) => (
          <FailedAnswer key={entry.key} entry={entry} onTakeBack={takeBack} />
        ))}
        <WhatWeKnow
          sessionId={sessionId}
          facts={facts}
          items={items}
          drafting={drafting}
          readOnly={readOnly}
        />
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
            {inOneGo && (
              <RunTogether
                checks={toRun}
                drafts={answers.drafts}
                actions={actions}
                sendingIds={answers.sendingIds}
                failed={failed.byItem}
                onClose={() => setRunTogether(false)}
              />
            )}
            {cards.map((item) => (
              <CheckCard key={item.id} {...card(item)} />
            ))}
            {!inOneGo && !readOnly && toRun.length > 1 && (
              <Button size="sm" className="self-start" onClick={() => setRunTogether(true)}>
                Run remaining {toRun.length} checks
              </Button>
            )}
          </LaneSection>
        )}
        {lane.open === 0 && !working && !readOnly && (
          <p className="text-[12.5px] text-muted-fg">
            {facts.length > 0
              ? "Nothing is open. Tell the pilot what you see, or resolve the session."
              : "Nothing is open. Tell the pilot what you see, and what it needs comes here."}
          </p>
        )}
        {lane.setAside.length > 0 && (
          <LaneDisclosure
            title="Set aside"
            count={lane.setAside.length}
            open={showAside}
            onOpenChange={setShowAside}
          >
            <ul className="flex min-w-0 flex-col gap-1.5">
              {lane.setAside.map((item) => (
                <SetAsideItem
                  key={item.id}
                  sessionId={sessionId}
                  item={item}
                  readOnly={readOnly}
                  actions={actions}
                />
              ))}
            </ul>
          </LaneDisclosure>
        )}
        <DismissedProposals sessionId={sessionId} readOnly={readOnly} />
        <EarlierItems
          sessionId={sessionId}
          cursor={earlierCursor}
          lane={items}
          readOnly={readOnly}
          actions={actions}
        />
      </div>
      {!readOnly && !inOneGo && together.length > 1 && (
        <div className="flex shrink-0 flex-wrap items-center justify-between gap-x-3 gap-y-1.5 border-t border-line px-4 py-2.5">
          <span className="text-[13px] text-muted-fg">{together.length} answers are ready</span>
          <Button tone="accent" size="sm" onClick={() => submit(together)}>
            Send {together.length} answers
          </Button>
        </div>
      )}
    </>
  );
});

/** Pulses until there are words: those are a sign of life themselves, and a running animation costs them frames. */
function ThinkingPip({ sessionId }: { sessionId: string }) {
  const writing = useLive(sessionId, ({ reply }) => reply !== null && reply.text !== "");
  return <span className={classes("size-2 rounded-full bg-accent", !writing && "animate-pulse-soft")} />;
}

/** From sending answers until the pilot has replied to them. */
function useDraftingFacts(sessionId: string): boolean {
  const answered = useLive(sessionId, (live) => isDraftingFacts(live.log.messages));
  const sending = useOutbox(({ entries }) =>
    entries.some(
      (entry) =>
        entry.sessionId === sessionId &&
        entry.state === "sending" &&
        (entry.answers ?? []).some((answer) => !answer.skipped),
    ),
  );
  return answered || sending;
}
