import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { Markdown } from "./Markdown";

test("a link says where it goes, when its words do not, and opens apart from this page", () => {
  render(<Markdown text="[Microsoft support](https://evil.example/login) and https://learn.example/x" />);
  const disguised = screen.getByRole("link", { name: "Microsoft support" });
  expect(disguised).toHaveAttribute("rel", "noopener noreferrer");
  expect(disguised).toHaveAttribute("target", "_blank");
  expect(disguised.nextElementSibling).toHaveTextContent("(evil.example)");
  expect(screen.getByRole("link", { name: "https://learn.example/x" }).nextElementSibling).toBeNull();
});

test.each([
  "javascript:alert(1)",
  "/api/v1/auth/logout",
  "//evil.example",
  "data:text/html,x",
  "file:///c:/x",
])("%s is no link", (href) => {
  render(<Markdown text={`[the words](${href})`} />);
  expect(screen.getByText("the words")).toBeInTheDocument();
  expect(screen.queryByRole("link")).toBeNull();
});

test("a picture is not loaded: what it is and where it lies is said", () => {
  const { container } = render(
    <Markdown text="![the log](https://evil.example/p.png?d=1) ![](data:image/png;base64,xx)" />,
  );
  expect(container).toHaveTextContent("[Picture at evil.example, not loaded: the log] [Picture, not loaded]");
  expect(container.querySelector("img")).toBeNull();
});

test("HTML is text", () => {
  const { container } = render(
    <Markdown text={"<img src=x onerror=alert(1)>\n\n<script>alert(1)</script>"} />,
  );
  expect(container).toHaveTextContent("<script>alert(1)</script>");
  expect(container.querySelector("img, script")).toBeNull();
});

test("HTML in a sentence is text, and what stands in it is read as ever", () => {
  const { container } = render(<Markdown text={'Press <kbd onclick="x()">**F8**</kbd> now'} />);
  expect(container).toHaveTextContent('Press <kbd onclick="x()">F8</kbd> now');
  expect(container.querySelector("kbd")).toBeNull();
  expect(container.querySelector("strong")).toHaveTextContent("F8");
});

test("an address may be written with character references", () => {
  render(<Markdown text="[it](https://example.com/?a=1&amp;b=2)" />);
  expect(screen.getByRole("link")).toHaveAttribute("href", "https://example.com/?a=1&b=2");
});

test("an address that a character reference disguises is no link either", () => {
  render(<Markdown text="[the words](javascript&#58;alert(1)) and [others](java&Tab;script:alert(1))" />);
  expect(screen.queryByRole("link")).toBeNull();
});

test("hidden characters are named in sentences and in code, with a warning, and are not copied", async () => {
  const user = userEvent.setup();
  const { container } = render(
    <Markdown text={"pay\u200cpal 👩\u200d💻 `x\u00a0y`\n\n```powershell\ndel\u202e x\n```"} />,
  );
  expect(container).toHaveTextContent("payU+200Cpal 👩\u200d💻 xU+00A0y");
  expect(screen.getByLabelText("powershell code")).toHaveTextContent("delU+202E x");
  expect(screen.getByRole("note")).toHaveTextContent("turn the direction of reading (U+202E)");
  await user.click(screen.getByRole("button", { name: "Copy code" }));
  expect(await navigator.clipboard.readText()).toBe("del x");
});

test.each([
  ["a sentence", "It is **here"],
  ["a list", "- one\n- two"],
  ["a quotation", "> said"],
  ["a table", "| a | b |\n| --- | --- |\n| c | d"],
])("while %s grows a caret stands behind its last word, and nowhere when it is whole", (_, text) => {
  const { container, rerender } = render(<Markdown text={`First.\n\n${text}`} growing />);
  const [caret, ...others] = container.querySelectorAll(".caret");
  expect(others).toHaveLength(0);
  expect(container.textContent.trimEnd()).toMatch(/(here|two|said|d)$/);
  expect(caret?.previousSibling?.textContent).toMatch(/(here|two|said|d)$/);
  rerender(<Markdown text={`First.\n\n${text}`} />);
  expect(container.querySelector(".caret")).toBeNull();
});

test("of a long reply only the words that are new are drawn again", () => {
  const sentence = (count: number) =>
    Array.from({ length: count }, (_, at) => `Step ${at + 1}.`).join("\n\n");
  const { container, rerender } = render(<Markdown text={sentence(30)} growing />);
  const before = [...container.querySelectorAll("p")];
  const tops = [...container.querySelectorAll(".prose-part")];
  rerender(<Markdown text={`${sentence(30)} And more.\n\nStep 31.`} growing />);
  const after = [...container.querySelectorAll("p")];
  expect(after).toHaveLength(31);
  expect(after.slice(0, 29)).toEqual(before.slice(0, 29));
  expect(after.slice(0, 29).every((one, at) => one === before[at])).toBe(true);
  expect(container.querySelector(".prose-part")).toBe(tops[0]);
});

test.each([
  ["a table", "| a | b |\n| --- | --- |\n| c | d |", "td"],
  ["a table without outer lines", "a | b\n--- | ---\nc | d", "td"],
  ["a column to the right", "| a |\n| --: |\n| 1 |", "td[style*=right]"],
  ["what is struck out", "~~gone~~ and ~so~", "del"],
  ["a task", "- [x] done", "li > input[type=checkbox]:checked:disabled"],
  ["a task among others with space between", "- [ ] open\n\n- more", "li > p > input[type=checkbox]"],
  ["a list that goes on", "3. three\n4. four", "ol[start='3']"],
  ["code in a list", "1. ```sh\n   ls\n   ```", "li pre[aria-label='sh code']"],
  ["a list in a quotation", "> - one", "blockquote > ul > li"],
  ["a heading", "### Next", "h3"],
  ["a line across", "a\n\n---", "hr"],
  ["a line that ends early", "one  \ntwo", "p > br"],
  ["emphasis in emphasis", "**very *much* so**", "strong > em"],
  ["a bare address", "see www.example.com", "a[href='http://www.example.com/']"],
  ["a bare address of a page", "see HTTPS://example.com/x", "a"],
  ["a mail address", "ask help@example.com", "a[href='mailto:help@example.com']"],
  [
    "a link that is defined below",
    "see [it]\n\n[it]: https://example.com/x",
    "a[href='https://example.com/x']",
  ],
])("%s is read", (_, text, found) => {
  const { container } = render(<Markdown text={text} />);
  expect(container.querySelector(found)).not.toBeNull();
});

test.each([
  ["&lt;b&gt; &amp; &copy; &#169; &#xA9;", "<b> & © © ©"],
  ["&amp;lt; is written so", "&lt; is written so"],
  ["\\*as it stands\\*", "*as it stands*"],
  ["Tom & Jerry; &nosuch; AT&T", "Tom & Jerry; &nosuch; AT&T"],
  ["`&lt;` in code", "&lt; in code"],
  ["said[^1]", "said[^1]"],
])("the words of %j are %j", (text, words) => {
  const { container } = render(<Markdown text={text} />);
  expect(container.textContent).toBe(words);
});
