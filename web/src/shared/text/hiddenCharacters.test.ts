import { describe, expect, test } from "vitest";
import { splitCode, splitProse, visibleCode, warningOf } from "./hiddenCharacters";

const named = (text: string) =>
  splitCode(text)
    .filter((piece) => piece.kind)
    .map((piece) => [piece.kind, piece.name]);

describe("what is hidden in a command is found and named", () => {
  test.each([
    ["a zero width space", "del\u200b x", "hidden", "U+200B"],
    ["a zero width joiner", "del\u200d x", "hidden", "U+200D"],
    ["a byte order mark", "\ufeffdel x", "hidden", "U+FEFF"],
    ["a soft hyphen", "Remove\u00adItem", "hidden", "U+00AD"],
    ["a filler", "del\u3164x", "hidden", "U+3164"],
    ["tag characters", "ls \u{e0072}\u{e006d}", "hidden", "U+E0072 U+E006D"],
    ["a long run", `ls ${"\u{e0061}".repeat(40)}`, "hidden", "40 × U+E0061…"],
    ["a control character", "ls\b\bx", "hidden", "U+0008 U+0008"],
    ["a carriage return", "echo ok\rformat c:", "hidden", "U+000D"],
    ["a right-to-left override", "echo \u202etxt.exe", "direction", "U+202E"],
    ["isolates", "echo \u2067x\u2069", "direction", "U+2067"],
    ["a colour", "ls \u001b[8mrm -rf /\u001b[0m", "terminal", "ESC[8m"],
    ["a terminal's title", "ls \u001b]0;x\u0007", "terminal", "ESC]0;x"],
    ["a no-break space", "rm -rf\u00a0/", "space", "U+00A0"],
    ["an ideographic space", "rm\u3000x", "space", "U+3000"],
    ["a Cyrillic letter in a Latin word", "\u0441url x", "lookAlike", "\u0441 is U+0441, not c"],
    ["a word of twins alone", "\u0441\u043e\u0440\u0443 a b", "lookAlike", "\u0441 is U+0441, not c"],
    ["a Greek letter in a Latin word", "f\u03bfrmat", "lookAlike", "\u03bf is U+03BF, not o"],
    ["a full width letter", "\uff52m x", "lookAlike", "\uff52 is U+FF52, not r"],
    ["a full width sign", "a \uff5c b", "lookAlike", "\uff5c is U+FF5C, not |"],
    ["a mathematical letter", "\u{1d5cb}m", "lookAlike", "\u{1d5cb} is U+1D5CB, not r"],
  ])("%s", (_, command, kind, name) => {
    expect(named(command)[0]).toEqual([kind, name]);
    expect(warningOf(command)).toContain(name);
    expect(
      splitCode(command)
        .map((piece) => piece.text)
        .join(""),
    ).toBe(command);
  });
});

test.each([
  "Get-Service -Name Spooler | Restart-Service -Force\n\t# again",
  "echo 'Grüße aus Köln' > naïve.txt",
  "# Перезапустить службу печати\nRestart-Service Spooler",
  "# プリンターを再起動する\nls",
  "",
])("an honest command is as it looks: %j", (command) => {
  expect(splitCode(command).every((piece) => !piece.kind)).toBe(true);
  expect(warningOf(command)).toBeNull();
  expect(visibleCode(command)).toBe(command);
});

test("what is copied is what is shown", () => {
  expect(visibleCode("rm\u200b -rf\u00a0/\u202e \u001b[8mx\u001b[0m")).toBe("rm -rf / x");
  expect(visibleCode("\u0441url")).toBe("\u0441url");
});

test("all kinds are named in one sentence, and look-alikes are not to be copied", () => {
  expect(warningOf("\u0441url\u200b x\u202e")).toBe(
    "Not what it looks like: letters that look like others (\u0441 is U+0441, not c); hidden characters (U+200B); " +
      "characters that turn the direction of reading (U+202E). Type it yourself instead of copying it.",
  );
});

describe("in sentences", () => {
  test.each(["👩\u200d💻 ✔\ufe0f", "می\u200cخواهم", "10\u00a0GB", "Привет, мир", "\u05e9\u05dc\u05d5\u05dd"])(
    "%j is as it looks",
    (text) => expect(splitProse(text)).toEqual([{ text }]),
  );

  test.each([
    "pay\u200cpal",
    "a\u202eb",
    "x\u{e0061}",
    "\u001b[31mred",
    "soft\u00adhyphen",
    "10\u00a0\u200dGB",
  ])("%j is not", (text) => {
    expect(splitProse(text).some((piece) => piece.kind)).toBe(true);
    expect(
      splitProse(text)
        .map((piece) => piece.text)
        .join(""),
    ).toBe(text);
  });
});
