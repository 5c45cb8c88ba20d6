import { observeElementOffset, useVirtualizer } from "@tanstack/react-virtual";
import { memo, useCallback, useLayoutEffect, useMemo, useRef } from "react";
import { classes } from "@/shared/lib/classes";
import { useOutbox } from "../composer/outbox";
import { useLifecycle } from "../commands/lifecycle";
import { toLatestRows, toStoredRows } from "../model/conversation";
import { withReplacedFixes } from "../model/replacedFixes";
import { useLive, type Person } from "../stream/liveStore";
import { AuthorsProvider } from "./authors";
import { JumpToLatest, NoMessages, OlderState } from "./edges";
import { Row } from "./Row";
import { useOlderMessages } from "./useOlderMessages";
import { nearEndPx, useReadsEnd } from "./useReadsEnd";
import { useReplacedFixes } from "./useReplacedFixes";
import { useReveal } from "./useReveal";
import { useUnseen } from "./useUnseen";

const nearTopPx = 200;

interface Props {
  sessionId: string;
  /** Who worked the session and who wrote its newest messages. */
  people: Person[];
  /** The session is open, so that a failed or stopped reply can be asked for again. */
  canRetry: boolean;
  /** Space kept free below the last row, for what floats there. */
  paddingEnd: number;
}

/** The conversation, drawn only where it is looked at. It follows its end until the engineer scrolls up. */
export const Conversation = memo(function Conversation({ sessionId, people, canRetry, paddingEnd }: Props) {
  const rows = useRows(sessionId);
  const messages = useLive(sessionId, (live) => live.log.messages);
  const authors = useLive(sessionId, (live) => live.log.authors);
  const retry = useLifecycle(sessionId);
  const older = useOlderMessages(sessionId);
  const { unseen, onEndSeen } = useUnseen(messages);
  const scroller = useRef<HTMLDivElement>(null);
  const { readsEnd, scrolledUp, onScroll } = useReadsEnd(onEndSeen);

  // The virtualizer keeps its state outside React on purpose; nothing here is memoised from it.
  // oxlint-disable-next-line react/incompatible-library
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 90,
    getItemKey: useCallback((index: number) => rows[index]?.key ?? index, [rows]),
    gap: 18,
    overscan: 6,
    paddingStart: 20,
    paddingEnd,
    anchorTo: "end",
    followOnAppend: true,
    scrollEndThreshold: nearEndPx,
    // A reply grows forty times: moving what stands there is no reason to draw the list again.
    directDomUpdates: true,
    directDomUpdatesMode: "position",
    useScrollendEvent: true,
    observeElementOffset: useCallback<typeof observeElementOffset>(
      (instance, tell) =>
        // Following the end is nobody's scrolling, which would draw the list twice: as it begins and as it ends.
        observeElementOffset(instance, (offset, scrolling) => tell(offset, scrolling && !readsEnd.current)),
      [readsEnd],
    ),
  });

  const hasRows = rows.length > 0;

  // A conversation is opened at its end. And what takes the place of the last row makes the list no longer, so that nothing
  // else follows it: a thought that ends in a failure must not hide how to ask again.
  const lastKey = rows.at(-1)?.key;
  useLayoutEffect(() => {
    if (lastKey !== undefined && readsEnd.current) virtualizer.scrollToEnd();
  }, [lastKey, virtualizer, readsEnd]);

  // A banner that slides in, a growing composer or a turned phone change the height: whoever read the end still sees it.
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => {
      if (readsEnd.current) virtualizer.scrollToEnd();
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [virtualizer, readsEnd]);

  // Whoever sends something wants to see it, and what comes of it.
  const lastSent = rows.findLast((row) => row.kind === "sending" && row.entry.state === "sending")?.key;
  useLayoutEffect(() => {
    if (lastSent) virtualizer.scrollToEnd();
  }, [lastSent, virtualizer]);

  const scrollTo = useCallback(
    (index: number) => virtualizer.scrollToIndex(index, { align: "center" }),
    [virtualizer],
  );
  const marked = useReveal(rows, older, scrollTo);

  const { mutate } = retry;
  const onRetryTurn = useCallback(() => mutate("retry"), [mutate]);

  return (
    <AuthorsProvider people={people} earlier={authors}>
      <div className="relative min-h-0 flex-1">
        <OlderState older={older} />
        {/* A scrolling box must take the focus to be scrolled by keyboard. */}
        <div
          ref={scroller}
          role="log"
          aria-live="off"
          aria-label="Conversation"
          tabIndex={0}
          onScroll={({ currentTarget }) => {
            onScroll(currentTarget);
            if (currentTarget.scrollTop < nearTopPx) older.load();
          }}
          className="h-full overflow-y-auto overflow-x-hidden px-5 [contain:strict] [overflow-anchor:none] max-sm:px-3"
        >
          {hasRows ? (
            <div ref={virtualizer.containerRef} className="relative w-full">
              {virtualizer.getVirtualItems().map((item) => {
                const row = rows[item.index];
                return row ? (
                  <div
                    key={item.key}
                    ref={virtualizer.measureElement}
                    data-index={item.index}
                    data-marked={item.key === marked || undefined}
                    className={classes(
                      "absolute inset-x-0 top-0",
                      item.key === marked &&
                        "animate-pulse-soft rounded-card outline-2 outline-offset-4 outline-accent",
                    )}
                  >
                    <Row
                      sessionId={sessionId}
                      row={row}
                      onRetryTurn={canRetry ? onRetryTurn : undefined}
                      retrying={retry.isPending}
                    />
                  </div>
                ) : null;
              })}
            </div>
          ) : (
            <NoMessages />
          )}
        </div>
        {hasRows && scrolledUp && (
          <JumpToLatest unseen={unseen} onClick={() => virtualizer.scrollToEnd({ behavior: "smooth" })} />
        )}
      </div>
    </AuthorsProvider>
  );
});

/** Stored rows are made when a message changes, the last ones when a reply begins or ends; its pieces make none anew. */
function useRows(sessionId: string) {
  const messages = useLive(sessionId, (live) => live.log.messages);
  const whole = useLive(sessionId, (live) => live.log.olderCursor === null);
  const turnId = useLive(sessionId, (live) => live.reply?.turnId ?? null);
  const begun = useLive(sessionId, (live) => live.reply !== null && live.reply.text !== "");
  const entries = useOutbox((store) => store.entries);
  const replaced = useReplacedFixes(sessionId);
  const stored = useMemo(
    () => withReplacedFixes(sessionId, toStoredRows(messages, whole), messages, replaced),
    [sessionId, messages, whole, replaced],
  );
  const latest = useMemo(() => {
    const own = entries.filter((entry) => entry.sessionId === sessionId);
    return toLatestRows(messages, own, turnId === null ? null : { turnId, begun });
  }, [messages, entries, turnId, begun, sessionId]);
  return useMemo(() => [...stored, ...latest], [stored, latest]);
}
