import { useCallback, useEffect, useMemo, useRef, useState, type RefObject } from "react";
import type { ItemAnswerBody, LaneItemResource } from "@/api/generated";
import { discard, useOutbox, type OutboxEntry } from "../composer/outbox";
import { sendAnswers } from "../commands/messages";
import { nextOpenItem } from "../model/lane";
import { focusNext } from "./focusNext";
import { answeredIds, isFilled, sendingItems } from "./laneDrafts";
import { useLaneDrafts } from "./useLaneDrafts";

interface Props {
  sessionId: string;
  items: LaneItemResource[];
  /** The items as they are drawn, from top to bottom. */
  order: LaneItemResource[];
  working: boolean;
  scroller: RefObject<HTMLElement | null>;
}

interface SentItem {
  /** As the lane showed it when its answer was sent. */
  item: LaneItemResource;
  /** After that many turns it says how the item stands: the one that ran already knew nothing of the answer. */
  turnsToEnd: number;
}

/** Filling in, sending and failing of answers. The functions stay the same, so that a card is drawn again only for its own sake. */
export function useLaneAnswers({ sessionId, items, order, working, scroller }: Props) {
  const { all, change, clear, latest: drafts } = useLaneDrafts(sessionId);
  const entries = useOutbox((store) => store.entries);
  const answers = useMemo(
    () => entries.filter((entry) => entry.sessionId === sessionId && entry.answers !== null),
    [entries, sessionId],
  );
  // Between the server's yes and the session being read again an item still looks open.
  const [sent, setSent] = useState<ReadonlyMap<string, SentItem>>(new Map());
  const sendingIds = useMemo(() => sendingItems(answers, sent, items), [answers, sent, items]);
  const failed = useMemo(() => answers.filter((entry) => entry.state === "failed"), [answers]);

  const wasWorking = useRef(working);
  useEffect(() => {
    if (wasWorking.current && !working) setSent(afterTurn);
    wasWorking.current = working;
  }, [working]);

  const drawn = useRef({ items, order, sendingIds, working });
  useEffect(() => {
    drawn.current = { items, order, sendingIds, working };
  });

  const submit = useCallback(
    (given: ItemAnswerBody[]) => {
      const now = drawn.current;
      const ids = given.map((answer) => answer.item_id);
      sendAnswers(sessionId, given);
      clear(ids);
      setSent((before) => {
        const next = new Map(before);
        for (const item of now.items)
          if (ids.includes(item.id)) next.set(item.id, { item, turnsToEnd: now.working ? 2 : 1 });
        return next;
      });
      focusNext(scroller.current, nextOpenItem(now.order, ids, now.sendingIds));
    },
    [sessionId, clear, scroller],
  );

  /** Puts an earlier answer into the fields again; what was typed there since stays. */
  const fillIn = useCallback(
    ({ item_id, answer, output }: ItemAnswerBody) => {
      if (!isFilled(drafts.current.all[item_id]))
        change(item_id, { answer: answer ?? "", output: output ?? "" });
    },
    [change, drafts],
  );

  /** An answer that could not be sent is one to be written again. */
  const takeBack = useCallback(
    (entry: OutboxEntry) => {
      entry.answers?.forEach(fillIn);
      const ids = answeredIds(entry);
      setSent((before) => new Map([...before].filter(([id]) => !ids.includes(id))));
      discard(entry.key);
    },
    [fillIn],
  );

  return { drafts: all, change, submit, fillIn, takeBack, sendingIds, failed };
}

function afterTurn(sent: ReadonlyMap<string, SentItem>): ReadonlyMap<string, SentItem> {
  return new Map(
    [...sent]
      .filter(([, { turnsToEnd }]) => turnsToEnd > 1)
      .map(([id, one]) => [id, { ...one, turnsToEnd: one.turnsToEnd - 1 }]),
  );
}
