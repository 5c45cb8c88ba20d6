import { Lightbulb } from "lucide-react";
import type { FormEvent } from "react";
import type { LaneItemResource } from "@/api/generated";
import { asProblem } from "@/api/problem";
import { Button } from "@/shared/ui/Button";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { usePromoteFact } from "../commands/facts";
import { useDraft } from "../composer/useDraft";
import { promotionOf } from "../model/laneFacts";
import { submitOnModEnter } from "./submitOnModEnter";

const maxLength = 2000;

/** Makes a fact of an answer. Where the answer states nothing by itself, the engineer writes the fact. */
export function PromoteForm({ sessionId, item }: { sessionId: string; item: LaneItemResource }) {
  const [words, setWords] = useDraft(sessionId, `promote-${item.id}`);
  const promote = usePromoteFact(sessionId, () => setWords(""));
  const unclear = promote.isError && asProblem(promote.error).code === "nothing_substantive";
  const writing = unclear || words !== "";

  function submit(event: FormEvent) {
    event.preventDefault();
    const own = words.trim();
    if (own !== "" && !promote.isPending) promote.mutate(promotionOf(item, own));
  }

  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      {promote.isError && <ProblemNotice error={promote.error} />}
      {writing ? (
        <form onSubmit={submit} className="flex min-w-0 flex-col gap-1.5">
          <textarea
            rows={2}
            maxLength={maxLength}
            value={words}
            onChange={(event) => setWords(event.target.value)}
            onKeyDown={submitOnModEnter}
            aria-label={`Fact from: ${item.text}`}
            placeholder="What does it show?"
            className="w-full min-w-0 rounded-control border border-line-hover bg-card px-2.5 py-1.5 text-[13px]"
          />
          <Button
            size="sm"
            type="submit"
            className="self-start"
            busy={promote.isPending}
            disabled={words.trim() === ""}
          >
            Save as a fact
          </Button>
        </form>
      ) : (
        <Button
          size="sm"
          tone="ghost"
          className="-ml-2 self-start"
          busy={promote.isPending}
          onClick={() => promote.mutate(promotionOf(item, null))}
        >
          <Lightbulb aria-hidden className="size-3.5" />
          Make this a fact
        </Button>
      )}
    </div>
  );
}
