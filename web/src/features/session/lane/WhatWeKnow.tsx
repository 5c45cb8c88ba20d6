import { useIsMutating } from "@tanstack/react-query";
import { memo, useMemo, useState } from "react";
import type { FactResource, LaneItemResource } from "@/api/generated";
import { useUserId } from "@/auth/useMe";
import { SkeletonRows } from "@/shared/ui/Skeleton";
import { promotionKey } from "../commands/facts";
import { factRows } from "../model/laneDeleted";
import { useLive } from "../stream/liveStore";
import { AddNote } from "./AddNote";
import { DeletedFactRow } from "./DeletedFactRow";
import { FactCard } from "./FactCard";
import { LaneDisclosure, LaneSection } from "./LaneSection";
import { useDeletedFacts } from "./useDeletedFacts";
import { useRevealWhenThere } from "./useRevealInLane";

interface Props {
  sessionId: string;
  facts: FactResource[];
  /** Every question and check the lane has, for the provenance. */
  items: LaneItemResource[];
  /** Facts are being made of answers. */
  drafting: boolean;
  readOnly: boolean;
}

export const WhatWeKnow = memo(function WhatWeKnow({ sessionId, facts, items, drafting, readOnly }: Props) {
  const readerId = useUserId();
  const people = useLive(sessionId, (live) => live.people);
  const promoting = useIsMutating({ mutationKey: promotionKey(sessionId) }) > 0;
  const deleted = useDeletedFacts(sessionId, facts);
  const [showDeleted, setShowDeleted] = useState(false);
  const byId = useMemo(() => new Map(items.map((item) => [item.id, item])), [items]);
  const rows = useMemo(() => factRows(facts, deleted.fresh, deleted.ids), [facts, deleted]);
  const revealFact = useRevealWhenThere("fact", (id) =>
    rows.some((row) => row.kind === "fact" && row.fact.id === id),
  );
  const known = rows.filter((row) => row.kind === "fact").length;

  return (
    <LaneSection title="What we know" count={`${known}`} tone="accent">
      {rows.length === 0 && !drafting && !promoting && (
        <p className="text-[13px] text-muted-fg">
          Nothing is confirmed yet. Answers and checks become facts here.
        </p>
      )}
      <ul className="flex min-w-0 flex-col gap-2">
        {rows.map((row) =>
          row.kind === "fact" ? (
            <FactCard
              key={row.fact.id}
              sessionId={sessionId}
              fact={row.fact}
              source={byId.get(row.fact.source_ref ?? "") ?? null}
              readerId={readerId}
              author={people.find((person) => person.user_id === row.fact.created_by)?.name ?? null}
              readOnly={readOnly}
              onDeleted={deleted.remember}
            />
          ) : (
            <DeletedFactRow
              key={`deleted-${row.deleted.id}`}
              sessionId={sessionId}
              deleted={row.deleted}
              readOnly={readOnly}
              onRestored={revealFact}
              onSettled={deleted.settle}
            />
          ),
        )}
      </ul>
      {(drafting || promoting) && <SkeletonRows rows={1} label="Facts are being drafted" />}
      {!readOnly && <AddNote sessionId={sessionId} />}
      {deleted.older.length > 0 && !readOnly && (
        <LaneDisclosure
          title="Deleted"
          count={deleted.older.length}
          open={showDeleted}
          onOpenChange={setShowDeleted}
        >
          <ul className="flex min-w-0 flex-col gap-1.5">
            {deleted.older.map((one) => (
              <DeletedFactRow
                key={one.id}
                sessionId={sessionId}
                deleted={one}
                readOnly={readOnly}
                onRestored={revealFact}
              />
            ))}
          </ul>
        </LaneDisclosure>
      )}
    </LaneSection>
  );
});
