/**
 * What stands in a command and is not seen, or is seen as something else: a command must not run otherwise than it reads.
 * Pure functions; how it looks is `Revealed`.
 */

export type HiddenKind = "hidden" | "direction" | "terminal" | "space" | "lookAlike";

export interface Piece {
  text: string;
  /** Unset for what is as it looks. */
  kind?: HiddenKind;
  /** What to show in place of `text`; for a look-alike what to say of it. */
  name?: string;
}

const terminal = String.raw`\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)|\x1b(?:[ -/]+[0-~]|[0-9=>])`;
const direction = String.raw`\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069`;
const unseen = String.raw`\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2028\u2029\u2060-\u2065\u206a-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}`;
const spaces = String.raw`\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000`;

const inCode = new RegExp(
  `(?<terminal>${terminal})|(?<direction>[${direction}]+)|(?<hidden>[${unseen}]+)|(?<space>[${spaces}]+)`,
  "gu",
);
// In sentences, joiners and the selectors of emoji belong to letters and pictures beyond ASCII (not to a space), and spaces are spaces.
const inProse = new RegExp(
  `(?<terminal>${terminal})|(?<direction>[${direction}]+)|(?<![^\\x00-\\x7f\\s])(?<ascii>[\\u200c\\u200d\\ufe0e\\ufe0f]+)|(?<hidden>(?:(?![\\u200c\\u200d\\ufe0e\\ufe0f])[${unseen}])+)`,
  "gu",
);

const latinTwins: Record<string, string> = {
  ...twins("аеорсухіјѕԁԛԝһӏАВЕКМНОРСТХЅІЈУԌԚԜ", "aeopcyxijsdqwhlABEKMHOPCTXSIJYGQW"),
  ...twins("οναιυρκΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ovaiupkABEZHIKMNOPTYX"),
};
const word = /[\p{L}\p{M}\p{N}_]+/gu;
const forms = /[\uff01-\uff5e\u{1d400}-\u{1d7ff}]/u;

/** Code cut into what is as it looks and what is not; joined, the texts give the code back. */
export function splitCode(code: string): Piece[] {
  return split(code, inCode).flatMap((piece) => (piece.kind ? [piece] : splitLookAlikes(piece.text)));
}

/** The same for sentences, where other scripts and emoji have their right place. */
export function splitProse(text: string): Piece[] {
  return split(text, inProse);
}

/** The code as it is shown: without what is hidden, with plain spaces. Look-alikes stay: nobody knows what was meant. */
export function visibleCode(code: string): string {
  return splitCode(code)
    .map(({ text, kind }) =>
      kind === undefined || kind === "lookAlike" ? text : kind === "space" ? text.replace(/./gu, " ") : "",
    )
    .join("");
}

/** What to know before running the code, in one sentence; null when it is as it looks. */
export function warningOf(code: string): string | null {
  const found = new Map<HiddenKind, Set<string>>();
  for (const { kind, name } of splitCode(code))
    if (kind && name) found.set(kind, (found.get(kind) ?? new Set()).add(name));
  if (found.size === 0) return null;
  const parts = [...found].map(([kind, names]) => `${words[kind]} (${listed([...names])})`);
  return `Not what it looks like: ${parts.join("; ")}.${found.has("lookAlike") ? " Type it yourself instead of copying it." : ""}`;
}

const words: Record<HiddenKind, string> = {
  hidden: "hidden characters",
  direction: "characters that turn the direction of reading",
  terminal: "codes that a terminal obeys",
  space: "spaces that are not plain ones",
  lookAlike: "letters that look like others",
};

function listed(names: string[]): string {
  return names.length > 4 ? `${names.slice(0, 4).join(", ")} and ${names.length - 4} more` : names.join(", ");
}

function split(text: string, pattern: RegExp): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > end) pieces.push({ text: text.slice(end, match.index) });
    const kind = (Object.entries(match.groups ?? {}).find(([, found]) => found !== undefined)?.[0] ??
      "hidden") as HiddenKind | "ascii";
    pieces.push({ text: match[0], kind: kind === "ascii" ? "hidden" : kind, name: nameOf(match[0], kind) });
    end = match.index + match[0].length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end) });
  return pieces;
}

function nameOf(run: string, kind: string): string {
  if (kind === "terminal") return `ESC${run.slice(1).replace(/\p{Cc}/gu, "")}`;
  const characters = [...run];
  if (characters.length > 4) return `${characters.length} × ${codePoint(characters[0] ?? "")}…`;
  return characters.map(codePoint).join(" ");
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/** Letters of another script inside of a Latin word, and words made of nothing but twins of Latin letters. */
function splitLookAlikes(text: string): Piece[] {
  if (!/\P{ASCII}/u.test(text)) return [{ text }];
  const pieces: Piece[] = [];
  const add = (piece: Piece) => {
    const last = pieces.at(-1);
    if (last && !last.kind && !piece.kind) last.text += piece.text;
    else pieces.push(piece);
  };
  let end = 0;
  for (const match of text.matchAll(word)) {
    for (const sign of text.slice(end, match.index)) add(asPiece(sign, false));
    const letters = [...match[0]];
    const foreign = letters.filter((letter) => letter > "\x7f" && /\p{L}/u.test(letter));
    const deceives =
      letters.some((letter) => /[A-Za-z]/.test(letter)) ||
      (foreign.length > 1 && foreign.every((letter) => letter in latinTwins));
    for (const letter of letters) add(asPiece(letter, deceives));
    end = match.index + match[0].length;
  }
  for (const sign of text.slice(end)) add(asPiece(sign, false));
  return pieces;
}

function asPiece(letter: string, inLatinWord: boolean): Piece {
  const twin = forms.test(letter) ? letter.normalize("NFKC") : inLatinWord ? latinTwins[letter] : undefined;
  if (twin === undefined) return { text: letter };
  return { text: letter, kind: "lookAlike", name: `${letter} is ${codePoint(letter)}, not ${twin}` };
}

function twins(others: string, plain: string): Record<string, string> {
  const letters = [...plain];
  return Object.fromEntries([...others].map((other, at) => [other, letters[at] ?? ""]));
}
