import { useUserId } from "@/auth/useMe";
import { useLive } from "../stream/liveStore";

/** Says who else has this session open. */
export function PresenceBadge({ sessionId }: { sessionId: string }) {
  const me = useUserId();
  const people = useLive(sessionId, (live) => live.people);
  const others = people.filter((person) => person.user_id !== me);
  if (others.length === 0) return null;
  return (
    <span role="status" className="text-[12.5px] text-muted-fg">
      Also here: {others.map((person) => person.name).join(", ")}
    </span>
  );
}
