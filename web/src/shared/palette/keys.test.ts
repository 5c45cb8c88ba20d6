import { expect, test } from "vitest";
import { isSingleKey, opensPalette, takesText, type KeyPress } from "./keys";

const press = (change: Partial<KeyPress>): KeyPress => ({
  key: "k",
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  isComposing: false,
  repeat: false,
  ...change,
});

test("the palette opens with either modifier, and not with a plain letter", () => {
  expect(opensPalette(press({ metaKey: true }))).toBe(true);
  expect(opensPalette(press({ ctrlKey: true, key: "K" }))).toBe(true);
  expect(opensPalette(press({}))).toBe(false);
});

test("a single key is a shortcut only on its own, and never while a word is composed", () => {
  expect(isSingleKey(press({ key: "c" }))).toBe(true);
  expect(isSingleKey(press({ key: "c", ctrlKey: true }))).toBe(false);
  expect(isSingleKey(press({ key: "c", isComposing: true }))).toBe(false);
});

test.each([
  ["<textarea></textarea>", true],
  ["<input>", true],
  ["<input type='search'>", true],
  ["<select></select>", true],
  ["<input type='checkbox'>", false],
  ["<button></button>", false],
])("letters are text where something is typed (%s)", (html, expected) => {
  document.body.innerHTML = html;
  expect(takesText(document.body.firstElementChild)).toBe(expected);
});

test("letters in an open menu find its entries", () => {
  document.body.innerHTML = "<div role='menu'><div role='menuitem' tabindex='-1'></div></div>";
  expect(takesText(document.querySelector("[role=menuitem]"))).toBe(true);
});
