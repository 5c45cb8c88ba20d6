import { gfmFromMarkdown } from "mdast-util-gfm";
import { gfm } from "micromark-extension-gfm";

interface Reader {
  data: () => { micromarkExtensions?: unknown[]; fromMarkdownExtensions?: unknown[] };
}

// Made once: a reader is made for every block of every message.
const syntax = gfm();
const tree = gfmFromMarkdown();

function readGfm(this: unknown): void {
  const data = (this as Reader).data();
  (data.micromarkExtensions ??= []).push(syntax);
  (data.fromMarkdownExtensions ??= []).push(tree);
}

/** Tables, task lists, strikethrough and bare addresses. For reading only: what writes Markdown would be loaded for nothing. */
export const gfmReading = [readGfm];
