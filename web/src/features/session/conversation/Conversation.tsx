import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, MessagesSquare } from "lucide-react";
import { useLayoutEffect, useMemo, useRef } from "react";
import { Button } from "@/shared/ui/Button";
import { useOutbox } from "../composer/outbox";
import { useLifecycle } from "../commands/lifecycle";
import { toConversation } from "../model/conversation";
import { withReplacedFixes } from "../model/replacedFixes";
import { useLive } from "../stream/liveStore";
import { LoadingOlder, Row } from "./Row";
import { useOlderMessages } from "./useOlderMessages";
import { useReplacedFixes } from "./useReplacedFixes";

const nearTopPx = 200;
const nearEndPx = 80;

interface Props {
  sessionId: string;
  /** Space kept free below the last row, for what floats there. */
  paddingEnd: number;
}

/** The conversation, drawn only where it is looked at. It follows its end until the engineer scrolls up. */
export function Conversation({ sessionId, paddingEnd }: Props) {
  const messages = useLive(sessionId, (live) => live.log.messages);
  const reply = useLive(sessionId, (live) => live.reply);
  const entries = useOutbox((store) => store.entries);
  const retry = useLifecycle(sessionId);
  const older = useOlderMessages(sessionId);
  const scroller = useRef<HTMLDivElement>(null);

  const replaced = useReplacedFixes(sessionId);
  const rows = useMemo(() => {
    const unsent = entries.filter((entry) => entry.sessionId === sessionId);
    return withReplacedFixes(sessionId, toConversation(messages, unsent, reply).rows, messages, replaced);
  }, [messages, entries, reply, replaced, sessionId]);

  // The virtualizer keeps its state outside React on purpose; nothing here is memoised from it.
  // oxlint-disable-next-line react/incompatible-library
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 90,
    getItemKey: (index) => rows[index]?.key ?? index,
    gap: 18,
    overscan: 6,
    paddingStart: 20,
    paddingEnd,
    anchorTo: "end",
    followOnAppend: true,
    scrollEndThreshold: nearEndPx,
  });

  const hasRows = rows.length > 0;
  useLayoutEffect(() => {
    if (hasRows) virtualizer.scrollToEnd();
  }, [hasRows, virtualizer]);

  // A banner that slides in, a growing composer or a turned phone change the height: whoever read the end still sees it.
  const readsEnd = useRef(true);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => {
      if (readsEnd.current) virtualizer.scrollToEnd();
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [virtualizer]);

  const retryTurn = useRef(() => retry.mutate("retry"));
  retryTurn.current = () => retry.mutate("retry");
  const onRetryTurn = useMemo(() => () => retryTurn.current(), []);
  const scrolledUp = hasRows && !virtualizer.isAtEnd(160);

  return (
    <div className="relative min-h-0 flex-1">
      {/* A scrolling box must take the focus to be scrolled by keyboard. */}
      <div
        ref={scroller}
        role="log"
        aria-live="off"
        aria-label="Conversation"
        tabIndex={0}
        onScroll={(event) => {
          const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
          readsEnd.current = scrollHeight - clientHeight - scrollTop < nearEndPx;
          if (scrollTop < nearTopPx) older.load();
        }}
        className="h-full overflow-y-auto overflow-x-hidden px-5 [overflow-anchor:none] max-sm:px-3"
      >
        {older.loading && <LoadingOlder />}
        {hasRows ? (
          <div className="relative w-full" style={{ height: virtualizer.getTotalSize() }}>
            {virtualizer.getVirtualItems().map((item) => {
              const row = rows[item.index];
              return row ? (
                <div
                  key={item.key}
                  ref={virtualizer.measureElement}
                  data-index={item.index}
                  className="absolute inset-x-0 top-0"
                  style={{ transform: `translateY(${item.start}px)` }}
                >
                  <Row row={row} onRetryTurn={onRetryTurn} retrying={retry.isPending} />
                </div>
              ) : null;
            })}
          </div>
        ) : (
          <div className="flex h-full flex-col items-center justify-center gap-2 text-center text-muted-fg">
            <MessagesSquare aria-hidden className="size-7 text-muted" />
            <p>Describe what is happening, or paste the error.</p>
          </div>
        )}
      </div>
      {scrolledUp && (
        <Button
          size="sm"
          onClick={() => virtualizer.scrollToEnd({ behavior: "smooth" })}
          className="absolute bottom-3 left-1/2 -translate-x-1/2 bg-elevated shadow-float"
        >
          <ArrowDown aria-hidden className="size-3.5" />
          Jump to latest
        </Button>
      )}
    </div>
  );
}
