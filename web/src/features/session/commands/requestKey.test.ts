import { expect, test } from "vitest";
import { RequestKey } from "./requestKey";

const key = (request: RequestKey, body: unknown) => request.headersFor(body)["Idempotency-Key"];

test.each([
  ["silence", new TypeError("Failed to fetch"), true],
  ["a time-out of the server", { status: 503, code: "still_processing", detail: "" }, true],
  ["a proxy's error", { status: 502, code: "http_502", detail: "" }, true],
  ["a refusal", { status: 409, code: "session_closed", detail: "" }, false],
  ["the ticketing system's refusal", { status: 502, code: "psa_post_failed", detail: "" }, false],
])("the same text after %s is the same request: %s", (_, error, same) => {
  const request = new RequestKey();
  const first = key(request, { markdown: "a" });
  request.answered(error);
  expect(key(request, { markdown: "a" }) === first).toBe(same);
});

test("another text is another request, and so is the same one once it went well", () => {
  const request = new RequestKey();
  const first = key(request, { markdown: "a" });
  expect(key(request, { markdown: "a" })).toBe(first);
  const second = key(request, { markdown: "b" });
  expect(second).not.toBe(first);
  request.answered();
  expect(key(request, { markdown: "b" })).not.toBe(second);
});
