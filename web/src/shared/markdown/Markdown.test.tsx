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
