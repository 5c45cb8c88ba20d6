const fence = /^ {0,3}(`{3,}|~{3,})/;
const listItem = /^ {0,3}(?:[-*+]|\d{1,9}[.)])\s/;
const definition = /^ {0,3}\[[^\]]+\]:\s/m;

/**
 * Splits Markdown into blocks that can be rendered one by one. Joined with nothing between, the blocks give the text back. While a
 * reply grows only its last block changes, so all others keep their rendering. Text with link definitions stays
 * whole: a definition may be meant for any block.
 */
export function splitBlocks(text: string): string[] {
  if (definition.test(text)) return [text];
  const lines = text.split(/(?<=\n)/);
  const blocks: string[] = [];
  let current = "";
  let closing: string | null = null;
  let inList = false;

  lines.forEach((line, index) => {
    current += line;
    const mark = fence.exec(line)?.[1];
    if (closing) {
      if (mark && mark[0] === closing[0] && mark.length >= closing.length && line.trim() === mark)
        closing = null;
      return;
    }
    if (mark) {
      closing = mark;
      return;
    }
    if (listItem.test(line)) inList = true;
    if (line.trim() !== "") return;
    const next = lines[index + 1];
    if (next === undefined || next.trim() === "") return;
    if (inList && (listItem.test(next) || /^\s/.test(next))) return;
    blocks.push(current);
    current = "";
    inList = false;
  });
  if (current !== "") blocks.push(current);
  return blocks;
}

const anyFence = /^\s*(?:[-*+]\s+|\d{1,9}[.)]\s+|>\s?)*(`{3,}|~{3,})/;

/** True while a code block of the text waits for its closing fence. */
export function isFenceOpen(text: string): boolean {
  let closing: string | null = null;
  for (const line of text.split("\n")) {
    const mark = anyFence.exec(line)?.[1];
    if (!mark) continue;
    if (!closing) closing = mark;
    else if (mark[0] === closing[0] && mark.length >= closing.length && line.trim() === mark) closing = null;
  }
  return closing !== null;
}
