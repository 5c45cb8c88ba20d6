const firstEveryMs = 100;
const longEveryMs = 300;
const fastEveryMs = 900;

/**
 * How often a reply is shown while it arrives. Each time costs layout and paint beside what is new, so that a long reply grows line
 * by line; and one that arrives faster than anybody reads grows by a few lines, so that it costs a page no more than a slow one.
 */
export function createPace() {
  let length = 0;
  let arrived = 0;
  let since = 0;

  return {
    /** Notes that `characters` of the reply are there at `nowMs`. */
    arrive(characters: number, nowMs: number): void {
      if (arrived === 0) since = nowMs;
      arrived += characters;
      length += characters;
    },
    /** A reply begins, with the words that it has already. */
    begin(characters: number): void {
      length = characters;
      arrived = 0;
    },
    /** Milliseconds from one showing to the next. */
    everyMs(nowMs: number): number {
      const perSecond = (arrived * 1000) / Math.max(nowMs - since, 500);
      const fast = Math.min(perSecond * 0.6, length, fastEveryMs);
      return Math.max(firstEveryMs, Math.min(length / 3, longEveryMs), fast);
    },
  };
}
