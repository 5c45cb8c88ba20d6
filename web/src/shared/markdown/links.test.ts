import { describe, expect, test } from "vitest";
import { linkTarget, tells } from "./links";

test.each([
  ["https://learn.microsoft.com/x", "learn.microsoft.com"],
  ["http://10.0.0.1:8080/", "10.0.0.1:8080"],
  ["https://microsoft.com@evil.example/login", "evil.example"],
  ["https://xn--pple-43d.com", "xn--pple-43d.com"],
  ["https://\u0430pple.com", "xn--pple-43d.com"],
  ["HTTPS://EVIL.EXAMPLE", "evil.example"],
  ["mailto:help@acme.example", "help@acme.example"],
])("%s goes to %s", (href, where) => {
  expect(linkTarget(href)?.where).toBe(where);
});

test.each([
  "javascript:alert(1)",
  " java\nscript:alert(1)",
  "data:text/html,<script>alert(1)</script>",
  "vbscript:msgbox(1)",
  "file:///c:/windows",
  "blob:https://x/1",
  "ms-msdt:/id",
  "//evil.example/x",
  "/api/v1/auth/logout",
  "settings",
  "#fragment",
  "",
  undefined,
])("%s is no link", (href) => {
  expect(linkTarget(href)).toBeNull();
});

describe("the words of a link tell where it goes", () => {
  const target = { href: "https://evil.example/x", where: "evil.example" };
  test.each(["https://evil.example/x", "evil.example", "http://evil.example/other", " evil.example/y "])(
    "%s does",
    (words) => expect(tells(words, target)).toBe(true),
  );
  test.each([
    "Microsoft support",
    "https://microsoft.com",
    "https://microsoft.com@evil.example",
    "",
    "evil.example.com",
  ])("%s does not", (words) => expect(tells(words, target)).toBe(false));
});
