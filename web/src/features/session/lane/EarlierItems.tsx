import { memo, useMemo, useState } from "react";
import type { LaneItemResource } from "@/api/generated";
import { Button } from "@/shared/ui/Button";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { useEarlierItems } from "../commands/lane";
import { earlierItems } from "../model/lane";
import { CheckCard } from "./CheckCard";
import type { LaneActions } from "./itemCard";
import { emptyDraft } from "./laneDrafts";
import { QuestionCard } from "./QuestionCard";
import { SetAsideItem } from "./SetAside";

interface Props {
  sessionId: string;
  cursor: string | null;
  lane: LaneItemResource[];
  readOnly: boolean;
  actions: LaneActions;
}

/** Closed items of long ago, a page at a time. */
export const EarlierItems = memo(function EarlierItems({
  sessionId,
  cursor,
  lane,
  readOnly,
  actions,
}: Props) {
  const [wanted, setWanted] = useState(false);
  const query = useEarlierItems(sessionId, cursor, wanted);
  const items = useMemo(
    () =>
      earlierItems(
        (query.data?.pages ?? []).map((page) => page.items),
        lane,
      ),
    [query.data, lane],
  );
  if (cursor === null) return null;
  const more = !wanted || query.hasNextPage || query.isPending;
  return (
    <section aria-label="Earlier items" className="flex min-w-0 flex-col gap-2">
      {more && !query.isError && (
        <Button
          size="sm"
          tone="ghost"
          className="self-start"
          busy={wanted && query.isFetching}
          onClick={() => (wanted ? void query.fetchNextPage() : setWanted(true))}
        >
          Show earlier items
        </Button>
      )}
      {query.isError && (
        <ProblemNotice error={query.error} onRetry={() => void query.refetch()} busy={query.isFetching} />
      )}
      {items.map((item) => {
        const shared = { sessionId, item, readOnly, actions };
        if (item.status === "set_aside") {
          return (
            <ul key={item.id}>
              <SetAsideItem {...shared} />
            </ul>
          );
        }
        const Card = item.kind === "question" ? QuestionCard : CheckCard;
        return (
          <Card key={item.id} {...shared} draft={emptyDraft} sending={false} fact={null} failed={null} />
        );
      })}
    </section>
  );
});
