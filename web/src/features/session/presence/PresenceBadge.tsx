import { useEffect, useMemo, useRef } from "react";
import { initials } from "@/shared/lib/initials";
import { useUserId } from "@/auth/useMe";
import { announce } from "@/shared/lib/announce";
import { useLive, type Person } from "../stream/liveStore";
import { hereToo, joined, othersHere } from "./people";

const avatars = 3;

/** Who else has this session open. Somebody who joins is announced once. */
export function PresenceBadge({ sessionId }: { sessionId: string }) {
  const me = useUserId();
  const people = useLive(sessionId, (live) => live.people);
  const others = useMemo(() => othersHere(people, me), [people, me]);
  const known = useRef<Person[]>([]);

  useEffect(() => {
    const newcomers = joined(known.current, others);
    known.current = others;
    if (newcomers.length > 0) announce(hereToo(newcomers));
  }, [others]);

  if (others.length === 0) return null;
  return (
    <span className="flex min-w-0 items-center gap-1.5" title={others.map(({ name }) => name).join(", ")}>
      <span aria-hidden className="flex -space-x-1">
        {others.slice(0, avatars).map((person) => (
          <span
            key={person.user_id}
            className="flex size-5 items-center justify-center rounded-full border border-page bg-success text-[9px] font-semibold text-on-color"
          >
            {initials(person.name) || "?"}
          </span>
        ))}
        {others.length > avatars && (
          <span className="flex size-5 items-center justify-center rounded-full border border-page bg-elevated text-[9px] font-semibold text-heading">
            +{others.length - avatars}
          </span>
        )}
      </span>
      <span className="min-w-0 break-words">{hereToo(others)}</span>
    </span>
  );
}
