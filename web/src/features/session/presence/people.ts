import type { Person } from "../stream/liveStore";

/** Everybody else with the session open, each once however many tabs they have, by name. */
export function othersHere(people: readonly Person[], me: string): Person[] {
  const others = new Map(people.filter(({ user_id }) => user_id !== me).map((one) => [one.user_id, one]));
  return [...others.values()].sort((one, other) => one.name.localeCompare(other.name));
}

/** "Sam Carter is here too", as a sentence for any number of people; empty for nobody. */
export function hereToo(people: readonly Person[]): string {
  const names = people.map(({ name }) => name);
  if (names.length === 0) return "";
  if (names.length === 1) return `${names[0]} is here too`;
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)} are here too`;
}

/** Those of `now` who were not there before. */
export function joined(before: readonly Person[], now: readonly Person[]): Person[] {
  const known = new Set(before.map(({ user_id }) => user_id));
  return now.filter(({ user_id }) => !known.has(user_id));
}
