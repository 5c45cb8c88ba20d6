/**
 * How well a text answers what was typed: 0 when a word of it is missing, more when words stand at the start of words, and
 * most when the text begins with it. The order of the words does not matter.
 */
export function score(typed: string, text: string): number {
  const wanted = words(typed);
  if (wanted.length === 0) return 1;
  const haystack = fold(text);
  const starts = words(text);
  let total = 0;
  for (const word of wanted) {
    if (starts.some((start) => start.startsWith(word))) total += 2;
    else if (haystack.includes(word)) total += 1;
    else return 0;
  }
  return total + (haystack.startsWith(wanted.join(" ")) ? 1 : 0);
}

/** Those that answer what was typed, the best first; equally good ones keep their order. */
export function bestMatches<T>(typed: string, things: readonly T[], textOf: (thing: T) => string): T[] {
  return things
    .map((thing) => ({ thing, points: score(typed, textOf(thing)) }))
    .filter(({ points }) => points > 0)
    .sort((one, other) => other.points - one.points)
    .map(({ thing }) => thing);
}

function words(text: string): string[] {
  return fold(text)
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
}

/** Case and accents make no difference. */
function fold(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
