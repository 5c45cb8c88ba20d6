import { memo, type ReactNode } from "react";
import { Square } from "lucide-react";
import { clockTime } from "@/shared/lib/time";
import { classes } from "@/shared/lib/classes";
import { Button } from "@/shared/ui/Button";
import { Spinner } from "@/shared/ui/Spinner";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { discard } from "../composer/outbox";
import { sendAgain } from "../commands/messages";
import type { ConversationRow } from "../model/conversation";
import { ReplacedFix } from "./ReplacedFix";
import { Markdown } from "@/shared/markdown/Markdown";

interface Props {
  row: ConversationRow;
  onRetryTurn: () => void;
  retrying: boolean;
}

export const Row = memo(function Row({ row, onRetryTurn, retrying }: Props) {
  switch (row.kind) {
    case "pilot":
      return (
        <Bubble side="left" foot={clockTime(row.at) + (row.stopped ? " · stopped" : "")}>
          <Markdown text={row.text} />
        </Bubble>
      );
    case "live":
      return (
        <Bubble side="left" foot="Writing…">
          <Markdown text={row.text} growing className="is-growing" />
        </Bubble>
      );
    case "thinking":
      return (
        <Bubble side="left" foot={null}>
          <span className="flex items-center gap-2 text-muted-fg">
            <span className="size-2 animate-pulse-soft rounded-full bg-accent" />
            Thinking
          </span>
        </Bubble>
      );
    case "engineer":
      return (
        <Bubble side="right" foot={clockTime(row.at) + (row.waiting ? " · waiting for the pilot" : "")}>
          <Markdown text={row.text} />
        </Bubble>
      );
    case "sending":
      return <Unsent row={row} />;
    case "system":
      return (
        <div className="mx-auto flex w-full max-w-[640px] items-baseline justify-center gap-2 text-center text-[12.5px] text-muted-fg italic">
          <span className="min-w-0 break-words">{row.text}</span>
          <time className="shrink-0 font-mono text-[11px] not-italic">{clockTime(row.at)}</time>
        </div>
      );
    case "replacedFix":
      return <ReplacedFix sessionId={row.sessionId} fix={row.fix} />;
    case "failedTurn":
      return row.stopped && !row.error ? (
        <div className="flex items-center gap-2.5 text-[13px] text-muted-fg">
          <Square aria-hidden className="size-3.5" />
          <span>The reply was stopped.</span>
          <Button size="sm" onClick={onRetryTurn} busy={retrying}>
            Retry
          </Button>
        </div>
      ) : (
        <ProblemNotice
          className="max-w-[640px]"
          error={{
            status: 0,
            code: row.error?.code ?? "turn_failed",
            detail: row.error?.detail ?? "The pilot could not answer.",
          }}
          onRetry={onRetryTurn}
          busy={retrying}
        />
      );
    default:
      return null;
  }
});

function Unsent({ row }: { row: Extract<ConversationRow, { kind: "sending" }> }) {
  const { entry } = row;
  return (
    <div className="flex flex-col items-end gap-1.5">
      <Bubble side="right" faded foot={entry.state === "sending" ? "Sending…" : "Not sent"}>
        <Markdown text={entry.text ?? ""} />
      </Bubble>
      {entry.state === "failed" && (
        <div className="flex w-full max-w-[520px] flex-col items-end gap-1.5">
          {entry.problem && <ProblemNotice error={{ ...entry.problem }} className="w-full" />}
          <div className="flex gap-2">
            <Button size="sm" tone="ghost" onClick={() => discard(entry.key)}>
              Discard
            </Button>
            <Button size="sm" onClick={() => sendAgain(entry)}>
              Retry
            </Button>
          </div>
        </div>
      )}
    </div>
  );
}

interface BubbleProps {
  side: "left" | "right";
  foot: string | null;
  faded?: boolean;
  children: ReactNode;
}

function Bubble({ side, foot, faded = false, children }: BubbleProps) {
  const pilot = side === "left";
  return (
    <div className={classes("flex gap-2.5", !pilot && "flex-row-reverse", faded && "opacity-80")}>
      <span
        aria-hidden
        className={classes(
          "mt-1 flex size-7 shrink-0 items-center justify-center rounded-full border text-[10px] font-semibold max-sm:hidden",
          pilot
            ? "border-warning/30 bg-warning/10 text-warning"
            : "border-accent/30 bg-accent/10 text-accent-text",
        )}
      >
        {pilot ? "AI" : "ME"}
      </span>
      <div className={classes("flex min-w-0 max-w-[min(640px,100%)] flex-col", !pilot && "items-end")}>
        <span className="sr-only">{pilot ? "Pilot:" : "You:"}</span>
        <div
          className={classes(
            "min-w-0 max-w-full rounded-card border px-3.5 py-2.5",
            pilot
              ? "border-line bg-card"
              : "border-accent/30 bg-accent/10 text-heading [&_.prose-rf_p]:whitespace-pre-wrap",
          )}
        >
          {children}
        </div>
        {foot && <span className="mt-1 font-mono text-[11px] text-muted-fg">{foot}</span>}
      </div>
    </div>
  );
}

export function LoadingOlder() {
  return (
    <div
      role="status"
      aria-label="Loading earlier messages"
      className="flex justify-center py-2 text-muted-fg"
    >
      <Spinner />
    </div>
  );
}
