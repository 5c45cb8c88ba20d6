import { Button } from "@/shared/ui/Button";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import type { OutboxEntry } from "../composer/outbox";
import { sendAgain } from "../commands/messages";

const interrupted = {
  status: 0,
  code: "interrupted",
  detail: "The page was closed before the answer was confirmed. Sending it again is safe.",
};

/** An answer that did not arrive: send it again as it was, or go on writing it. */
export function FailedAnswer({
  entry,
  onTakeBack,
}: {
  entry: OutboxEntry;
  onTakeBack: (entry: OutboxEntry) => void;
}) {
  const count = entry.answers?.length ?? 0;
  return (
    <div className="flex flex-col gap-1.5">
      <ProblemNotice error={entry.problem ?? interrupted} />
      <div className="flex flex-wrap items-center justify-end gap-2">
        <span className="mr-auto text-[12.5px] text-muted-fg">
          {count > 1 ? `${count} answers were not sent` : "Not sent"}
        </span>
        <Button size="sm" tone="ghost" onClick={() => onTakeBack(entry)}>
          Edit
        </Button>
        <Button size="sm" onClick={() => sendAgain(entry)}>
          Retry
        </Button>
      </div>
    </div>
  );
}
