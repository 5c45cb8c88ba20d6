import { expect, test } from "vitest";
import { inviteToken } from "./inviteToken";

test("the token of an invitation is read from behind the #", () => {
  expect(inviteToken("#invite=a-_9")).toBe("a-_9");
});

test.each(["", "#", "#invite=", "#other=1"])("there is none in %j", (hash) => {
  expect(inviteToken(hash)).toBeNull();
});
