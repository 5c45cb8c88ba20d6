import { expect, test } from "vitest";
import { isLongPaste, toCodeBlock, toLogFile, toQuote, withParagraph } from "./pastes";

test("only a long paste of many lines is taken for a log", () => {
  expect(isLongPaste("line\n".repeat(10))).toBe(false);
  expect(isLongPaste("x".repeat(5000))).toBe(false);
  expect(isLongPaste("one line of a log file, as it comes from a server that talks a lot\n".repeat(60))).toBe(
    true,
  );
});

test("a log with fences inside stays one code block", () => {
  expect(toCodeBlock("a\n```\nb\n")).toBe("````text\na\n```\nb\n````");
});

test("a log file is named after its moment", () => {
  expect(toLogFile("x", new Date(2026, 2, 2, 9, 5, 7)).name).toBe("log-2026-03-02-090507.txt");
});

test("every line of a quote is marked", () => {
  expect(toQuote("one\n\ntwo\n")).toBe("> one\n>\n> two");
});

test("what is inserted stands apart from what was typed", () => {
  expect(withParagraph("", "> a")).toBe("> a\n");
  expect(withParagraph("typed ", "> a")).toBe("typed\n\n> a\n");
});
