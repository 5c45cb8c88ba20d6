import type { Element, ElementContent, Root, RootContent, Text } from "hast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { toHast } from "mdast-util-to-hast";
import { gfm } from "micromark-extension-gfm";
import { splitProse } from "@/shared/text/hiddenCharacters";

// Tables, task lists, strikethrough and bare addresses. For reading only: what writes Markdown would be loaded for nothing.
const withGfm = { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] };

// Looking for them takes as long as everything else together, and each of them has a sign in the text (an address may hide behind
// a character reference).
const gfmSign = /[|~[@&]|www\.|https?:/i;

// HTML is text: what stands there is shown, never done.
const writing = {
  handlers: { html: (_state: unknown, node: { value: string }): Text => textOf(node.value) },
};

/** Markdown as a tree of HTML elements. Hidden characters of its sentences are named; code is left to what shows code. */
export function toTree(markdown: string): Root {
  const made = toHast(fromMarkdown(markdown, gfmSign.test(markdown) ? withGfm : null), writing);
  const root: Root = made.type === "root" ? made : { type: "root", children: [made as RootContent] };
  root.children = root.children.flatMap(revealed);
  return root;
}

function revealed<Node extends RootContent>(node: Node): (Node | ElementContent)[] {
  if (node.type === "text") return splitProse(node.value).map(proseOf);
  if (node.type === "element" && node.tagName !== "code") node.children = node.children.flatMap(revealed);
  return [node];
}

function proseOf(piece: ReturnType<typeof splitProse>[number]): ElementContent {
  if (!piece.kind) return textOf(piece.text);
  return element("mark", "hidden-character", [textOf(piece.name ?? "")]);
}

const holders = new Set(["ul", "ol", "li", "blockquote", "table", "thead", "tbody", "tr"]);
const lines = new Set(["p", "h1", "h2", "h3", "h4", "h5", "h6", "th", "td", "li"]);

/**
 * Puts a caret behind the last word. It is an element of its own, no style of the last one: a rule for `:last-child` makes the
 * browser look at the whole conversation for each piece of a reply.
 */
export function withCaret(root: Root): Root {
  let place: Root | Element = root;
  for (;;) {
    const last: Element | undefined = (place.children as RootContent[]).findLast(
      (child): child is Element => child.type === "element",
    );
    if (!last || !(holders.has(last.tagName) || lines.has(last.tagName))) break;
    place = last;
  }
  if (place.type === "element" && lines.has(place.tagName)) place.children.push(element("span", "caret", []));
  return root;
}

function element(tagName: string, className: string, children: ElementContent[]): Element {
  return { type: "element", tagName, properties: { className: [className] }, children };
}

function textOf(value: string): Text {
  return { type: "text", value };
}
