const deepest = 32;
const mostMarks = 1_000;

// What may stand before a line and puts it into one more quotation or list.
const nested = new RegExp(String.raw`^(?:[ \t]*(?:>|(?:[-*+]|\d{1,9}[.)])(?=[ \t]))){${deepest + 1}}`, "m");
// Only what always ends the words before it: anything else could be put there to have the marks counted apart.
const end = /\n(?=[ \t]*\n|[ \t]{0,3}(?:[-*+]|1[.)]|#{1,6})[ \t])/;
const marks = /[*_~`[\]<]+/g;

/**
 * Whether reading a text as Markdown would take longer than anybody waits, or more depth than there is. Nobody writes like that to be
 * read: it is a pasted file, or meant to keep the page from being shown.
 */
export function isIntricate(markdown: string): boolean {
  return (
    nested.test(markdown) ||
    markdown
      .split(end)
      .some((words) => words.length > mostMarks && (words.match(marks)?.length ?? 0) > mostMarks)
  );
}
