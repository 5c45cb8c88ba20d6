import { memo } from "react";
import { Square } from "lucide-react";
import { Markdown } from "@/shared/markdown/Markdown";
import { Button } from "@/shared/ui/Button";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import type { ConversationRow } from "../model/conversation";
import { describeStopReason } from "../model/stopReason";
import { useLive } from "../stream/liveStore";
import { useAuthor } from "./authors";
import { At, Bubble, Words } from "./Bubble";
import { DayLine, SystemLine } from "./lines";
import { ReplacedFix } from "./ReplacedFix";
import { Unsent } from "./Unsent";
import { UploadStrip } from "./UploadStrip";

type RowOf<Kind extends ConversationRow["kind"]> = Extract<ConversationRow, { kind: Kind }>;

interface Props {
  sessionId: string;
  row: ConversationRow;
  /** Missing where no reply can be asked for any more. */
  onRetryTurn?: () => void;
  retrying: boolean;
}

export const Row = memo(function Row({ sessionId, row, onRetryTurn, retrying }: Props) {
  switch (row.kind) {
    case "pilot":
    case "live":
    case "thinking":
      return <PilotMessage sessionId={sessionId} row={row} />;
    case "engineer":
      return <EngineerMessage row={row} />;
    case "sending":
      return <Unsent entry={row.entry} />;
    case "system":
      return <SystemLine text={row.text} at={row.at} />;
    case "day":
      return <DayLine at={row.at} />;
    case "replacedFix":
      return <ReplacedFix sessionId={row.sessionId} fix={row.fix} />;
    case "failedTurn":
      return <FailedTurn row={row} onRetry={onRetryTurn} busy={retrying} />;
    default:
      return null;
  }
});

/** The pilot's message from its first thought to its last word: one element, so that nothing of it is drawn twice. */
function PilotMessage({ sessionId, row }: { sessionId: string; row: RowOf<"pilot" | "live" | "thinking"> }) {
  const cut = row.kind === "pilot" ? describeStopReason(row.stopReason) : null;
  return (
    <Bubble
      side="left"
      letters="AI"
      author="Pilot"
      foot={
        row.kind === "pilot" ? (
          <>
            <At iso={row.at} />
            {row.stopped && <span>· stopped</span>}
            {cut && <span className="text-warning">· {cut}</span>}
          </>
        ) : (
          row.kind === "live" && "Writing…"
        )
      }
    >
      <Words side="left">
        {row.kind === "thinking" ? (
          <span className="flex items-center gap-2 text-muted-fg">
            <span className="size-2 animate-pulse-soft rounded-full bg-accent" />
            Thinking
          </span>
        ) : (
          <PilotWords sessionId={sessionId} stored={row.kind === "pilot" ? row.text : null} />
        )}
      </Words>
    </Bubble>
  );
}

/** Only this is drawn again for a piece of a reply. */
function PilotWords({ sessionId, stored }: { sessionId: string; stored: string | null }) {
  const growing = stored === null;
  const live = useLive(sessionId, ({ reply }) => (growing ? (reply?.text ?? "") : ""));
  return <Markdown text={stored ?? live} growing={growing} />;
}

function EngineerMessage({ row }: { row: RowOf<"engineer"> }) {
  const author = useAuthor(row.authorId);
  return (
    <Bubble
      side="right"
      letters={author.letters}
      author={author.name}
      named={!author.own}
      foot={
        <>
          <At iso={row.at} />
          {row.waiting && <span>· waiting for the pilot</span>}
        </>
      }
    >
      {row.text !== "" && (
        <Words side="right">
          <Markdown text={row.text} />
        </Words>
      )}
      <UploadStrip uploads={row.uploads} />
    </Bubble>
  );
}

function FailedTurn({
  row,
  onRetry,
  busy,
}: {
  row: RowOf<"failedTurn">;
  onRetry?: () => void;
  busy: boolean;
}) {
  if (row.stopped && !row.error) {
    return (
      <div className="flex items-center gap-2.5 text-[13px] text-muted-fg">
        <Square aria-hidden className="size-3.5" />
        <span>The reply was stopped.</span>
        {onRetry && (
          <Button size="sm" onClick={onRetry} busy={busy}>
            Retry
          </Button>
        )}
      </div>
    );
  }
  return (
    <ProblemNotice
      className="max-w-[640px]"
      error={{
        status: 0,
        code: row.error?.code ?? "turn_failed",
        detail: row.error?.detail ?? "The pilot could not answer.",
      }}
      onRetry={onRetry}
      busy={busy}
    />
  );
}
