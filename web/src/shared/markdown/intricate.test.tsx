import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { isIntricate } from "./intricate";
import { Markdown } from "./Markdown";

// As long as a message may be.
const longest = 20_000;
const filled = (pattern: string, end = "") => pattern.repeat(longest / pattern.length) + end;

test.each([
  ["quotations", ">".repeat(longest)],
  ["quotations with space between", filled("> ", "x")],
  ["lists", filled("- ", "x")],
  ["numbered lists", filled("1. ", "x")],
  ["lists in quotations, further down", `Hello.\n\n${filled("> - ", "x")}`],
])("a text of %s within each other is shown as it is written, and the page with it", (_, text) => {
  render(<Markdown text={text} />);
  expect(screen.getByLabelText("Code").textContent).toContain(text.slice(-40));
});

test.each([
  ["emphasis", filled("**_a ", "*")],
  ["emphasis that never ends well", filled("**a *b ", "*")],
  ["emphasis over many lines", filled("**_a\n", "*")],
  ["emphasis in what only looks like a list", filled("**_a\n2. b ", "*")],
  ["pictures", filled("![a](", ")")],
  ["what is struck out", filled("~~a ~b ", "~")],
])("a text that takes quadratic time is not read: %s", (_, text) => {
  expect(isIntricate(text)).toBe(true);
  render(<Markdown text={text} growing />);
  expect(screen.getByLabelText("Code")).toBeInTheDocument();
});

test.each([
  [
    "a mail that was answered often",
    Array.from({ length: 20 }, (_, at) => `${">".repeat(at)} said`).join("\n"),
  ],
  ["a long list of names", "- **Name**: `value` of [it](https://example.com)\n".repeat(400)],
  ["a long table", `| a | b |\n| --- | --- |\n${"| **x** | `y` |\n".repeat(200)}`],
  ["many paragraphs", "Run **this** and `that`, then _wait_.\n\n".repeat(400)],
  ["a log", "2031-02-03T09:00:00Z service_name INFO started in 12 ms\n".repeat(350)],
])("%s is read as ever", (_, text) => {
  expect(isIntricate(text)).toBe(false);
});
