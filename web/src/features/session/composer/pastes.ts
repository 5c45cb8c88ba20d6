/** Up to this a log reads well inside of a message; above it, it goes as a file. */
export const longestInline = 2000;
const manyLines = 20;

/** True for a paste that is rather a log than something said. */
export function isLongPaste(text: string): boolean {
  return text.length > longestInline && text.split("\n").length >= manyLines;
}

/** The log as a text file, named after the moment it was taken. */
export function toLogFile(text: string, now: Date = new Date()): File {
  const two = (value: number) => String(value).padStart(2, "0");
  const stamp = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
  return new File([text], `log-${stamp}.txt`, { type: "text/plain" });
}

/** The log as a code block, in a fence that is longer than any inside of it. */
export function toCodeBlock(text: string): string {
  let fence = "```";
  while (text.includes(fence)) fence += "`";
  return `${fence}text\n${text.replace(/\n+$/, "")}\n${fence}`;
}

/** The words of somebody else, quoted. */
export function toQuote(text: string): string {
  return text
    .trim()
    .split("\n")
    .map((line) => (line.trim() === "" ? ">" : `> ${line}`))
    .join("\n");
}

/** `text` with a part put below it, as a paragraph of its own. */
export function withParagraph(text: string, part: string): string {
  const before = text.replace(/\s+$/, "");
  return before === "" ? `${part}\n` : `${before}\n\n${part}\n`;
}

/** Files of a paste. A copied table or text brings a picture of itself too: its text is what is meant. */
export function pastedFiles(data: DataTransfer): File[] {
  if (data.types.includes("text/plain")) return [];
  return [...data.files];
}
