import { Markdown } from "@/shared/markdown/Markdown";
import { Button } from "@/shared/ui/Button";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { sendAgain } from "../commands/messages";
import { discard, type OutboxEntry } from "../composer/outbox";
import { Bubble, Words } from "./Bubble";
import { UploadStrip } from "./UploadStrip";

/** A message the server has not confirmed. One that could not be sent is kept, with its files, until somebody decides. */
export function Unsent({ entry }: { entry: OutboxEntry }) {
  return (
    <div className="flex flex-col items-end gap-1.5">
      <Bubble
        side="right"
        letters="ME"
        author="You"
        faded
        foot={entry.state === "sending" ? "Sending…" : "Not sent"}
      >
        {entry.text && (
          <Words side="right">
            <Markdown text={entry.text} />
          </Words>
        )}
        <UploadStrip uploads={entry.uploads} />
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
