import type { SessionDetail } from "@/api/generated";
import type { Person } from "../stream/liveStore";

const nobody: Person[] = [];

/** Everybody who wrote in the session or worked it. */
export function peopleOf(detail: SessionDetail): Person[] {
  return (detail as SessionDetail & { people?: Person[] }).people ?? nobody;
}
