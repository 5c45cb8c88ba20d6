const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hour12: false });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const withYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

/** Local wall-clock time alone, `14:24`: for what stands below its day. */
export function timeOfDay(iso: string): string {
  return clock.format(new Date(iso));
}

/** The whole date and time, for a tooltip. */
export function fullTime(iso: string): string {
  return whole.format(new Date(iso));
}

/** The local day of a timestamp, as a word to compare. */
export function dayOf(iso: string): string {
  return new Date(iso).toDateString();
}

/** A day as a heading: `Today`, `Yesterday`, `Monday, 2 March`, and with the year when it is another one. */
export function dayLabel(iso: string, now: Date = new Date()): string {
  const at = new Date(iso);
  if (at.toDateString() === now.toDateString()) return "Today";
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (at.toDateString() === yesterday.toDateString()) return "Yesterday";
  return at.getFullYear() === now.getFullYear() ? weekday.format(at) : withYear.format(at);
}
