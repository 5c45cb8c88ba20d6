import { expect, test } from "vitest";
import { appendDelta, resetReply } from "./reply";

test("pieces in order make the reply", () => {
  const reply = appendDelta(appendDelta(null, "t", "Check ", 0), "t", "the cable", 6);
  expect(reply?.text).toBe("Check the cable");
});

test("a piece received twice is added once", () => {
  const reply = resetReply("t", "Check the");
  expect(appendDelta(reply, "t", "the", 6)?.text).toBe("Check the");
});

test("a piece that overlaps adds only what is new", () => {
  expect(appendDelta(resetReply("t", "Check the"), "t", "the cable", 6)?.text).toBe("Check the cable");
});

test("a piece after a hole waits for the whole text to be sent again", () => {
  const reply = resetReply("t", "Check");
  expect(appendDelta(reply, "t", "cable", 10)).toBe(reply);
});

test("offsets count characters, also those of two code units", () => {
  const reply = appendDelta(resetReply("t", "OK 👍"), "t", " done", 4);
  expect(reply?.text).toBe("OK 👍 done");
});

test("a new turn starts a new reply", () => {
  expect(appendDelta(resetReply("t1", "old"), "t2", "new", 0)).toMatchObject({ turnId: "t2", text: "new" });
});
