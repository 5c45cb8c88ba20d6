import { expect, test } from "vitest";
import type { ShareLinkRow } from "@/api/generated";
import { linkState } from "./shareLinks";

const now = new Date("2026-03-02T12:00:00Z");
const link = (change: Partial<ShareLinkRow> = {}): ShareLinkRow => ({
  id: "l",
  created_at: "2026-03-01T12:00:00Z",
  created_by: "u",
  created_by_name: "Maya",
  expires_at: "2026-03-08T12:00:00Z",
  ...change,
});

test("a link is open until it ends or is revoked", () => {
  expect(linkState(link(), now)).toMatchObject({ open: true, words: expect.stringMatching(/^Open until/) });
  expect(linkState(link({ expires_at: "2026-03-02T11:59:00Z" }), now)).toMatchObject({
    open: false,
    words: expect.stringMatching(/^Ended/),
  });
  expect(linkState(link({ revoked_at: "2026-03-02T11:00:00Z" }), now)).toMatchObject({
    open: false,
    words: expect.stringMatching(/^Revoked/),
  });
});
