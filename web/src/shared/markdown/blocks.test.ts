import { describe, expect, test } from "vitest";
import { isFenceOpen, splitBlocks } from "./blocks";

describe("a growing text is split into blocks", () => {
  const texts = [
    "",
    "one line",
    "first\n\nsecond\n\nthird",
    "a list:\n\n- one\n\n- two\n\n  more of two\n\nafter",
    "before\n\n```powershell\nGet-Item\n\nGet-Process\n```\n\nafter",
    "~~~\n```\n\n~~~\n\nend",
    "open fence\n\n```\nstill\n\nopen",
    "text [x]\n\n[x]: https://example.com\n\nend",
    "tail\n\n\n",
  ];

  test.each(texts)("the blocks of %j joined give the text back", (text) => {
    expect(splitBlocks(text).join("")).toBe(text);
  });

  test("paragraphs become blocks of their own", () => {
    expect(splitBlocks("first\n\nsecond")).toEqual(["first\n\n", "second"]);
  });

  test("a blank line inside a fence does not end the block", () => {
    expect(splitBlocks("```\na\n\nb\n```\n\nafter")).toEqual(["```\na\n\nb\n```\n\n", "after"]);
  });

  test("a list with blank lines between its items stays one list", () => {
    expect(splitBlocks("1. a\n\n2. b\n\nafter")).toEqual(["1. a\n\n2. b\n\n", "after"]);
  });

  test("a shorter fence inside a longer one does not close it", () => {
    expect(splitBlocks("````\n```\n\nx\n````\n\nend")).toHaveLength(2);
  });

  test("text with link definitions stays whole, because they may be meant for any block", () => {
    expect(splitBlocks("see [x]\n\n[x]: https://example.com")).toHaveLength(1);
  });

  test("while the text grows, finished blocks stay as they were", () => {
    const text = "One.\n\nTwo is longer.\n\n- a\n- b\n\nThree.";
    for (let end = 1; end < text.length; end += 1) {
      const before = splitBlocks(text.slice(0, end)).slice(0, -1);
      const after = splitBlocks(text.slice(0, end + 1));
      expect(after.slice(0, Math.max(0, before.length - 1))).toEqual(
        before.slice(0, Math.max(0, before.length - 1)),
      );
    }
  });
});

test("a code block is open until its own fence closes it", () => {
  expect(isFenceOpen("Run:\n```powershell\nGet-Service")).toBe(true);
  expect(isFenceOpen("Run:\n```powershell\nGet-Service\n```")).toBe(false);
  expect(isFenceOpen("````\n```\nstill inside")).toBe(true);
  expect(isFenceOpen("1. ```sh\n   ls\n   ```")).toBe(false);
  expect(isFenceOpen("no code at all")).toBe(false);
});
