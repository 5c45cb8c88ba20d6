import { describe, expect, test } from "vitest";
import { newEntry } from "../composer/outbox";
import { message } from "@/test/builders";
import { toConversation, unstored } from "./conversation";

const kinds = (rows: { kind: string }[]) => rows.map((row) => row.kind);

describe("messages being sent", () => {
  const sending = (text: string, afterSeq = 0) => newEntry("s", afterSeq, { text });

  test("a message on its way shows at the end", () => {
    expect(kinds(toConversation([message({ seq: 1 })], [sending("hello")], null).rows)).toEqual([
      "engineer",
      "sending",
    ]);
  });

  test("it shows once when the event comes before the answer to the request", () => {
    const rows = toConversation([message({ seq: 3, text: "hello" })], [sending("hello", 2)], null).rows;
    expect(kinds(rows)).toEqual(["engineer"]);
  });

  test("it stays until its event has come when the answer is first", () => {
    const entry = { ...sending("hello", 2), messageId: "message-3" };
    expect(kinds(toConversation([], [entry], null).rows)).toEqual(["sending"]);
    expect(kinds(toConversation([message({ seq: 3, text: "hello" })], [entry], null).rows)).toEqual([
      "engineer",
    ]);
  });

  test("an older message with the same words is not taken for it", () => {
    expect(unstored([sending("yes", 5)], [message({ seq: 4, text: "yes" })])).toHaveLength(1);
  });

  test("a second message with the same words stays when only one is stored", () => {
    expect(unstored([sending("yes", 5), sending("yes", 5)], [message({ seq: 6, text: "yes" })])).toHaveLength(
      1,
    );
  });

  test("a message that could not be sent is never hidden by a stored one with the same words", () => {
    const failed = { ...sending("yes", 5), state: "failed" as const };
    expect(unstored([failed], [message({ seq: 6, text: "yes" })])).toEqual([failed]);
  });

  test("answers of the lane are not shown as messages being sent", () => {
    const entry = newEntry("s", 0, { answers: [{ item_id: "q", answer: "yes" }] });
    expect(toConversation([], [entry], null).rows).toEqual([]);
  });
});

describe("the pilot's turn", () => {
  const running = message({ seq: 1, turn_state: "running" });

  test("thinking shows until the first words arrive", () => {
    expect(kinds(toConversation([running], [], null).rows)).toEqual(["engineer", "thinking"]);
    const reply = { turnId: "t", text: "Let me", length: 6 };
    expect(kinds(toConversation([running], [], reply).rows)).toEqual(["engineer", "live"]);
  });

  test("thinking and the growing reply are one row, so nothing jumps", () => {
    const thinking = toConversation([running], [], null).rows.at(-1);
    const live = toConversation([running], [], { turnId: "t", text: "x", length: 1 }).rows.at(-1);
    expect(thinking?.key).toBe(live?.key);
  });

  test("a failed turn says why and can be retried", () => {
    const failed = message({
      seq: 1,
      turn_state: "failed",
      error: { code: "pilot_unavailable", detail: "Overloaded." },
    });
    const { rows, working } = toConversation([failed], [], null);
    expect(rows.at(-1)).toMatchObject({ kind: "failedTurn", error: { code: "pilot_unavailable" } });
    expect(working).toBe(false);
  });

  test("a failure is over once the pilot has answered after it", () => {
    const failed = message({ seq: 1, turn_state: "failed" });
    const answer = message({ seq: 2, role: "pilot" });
    expect(kinds(toConversation([failed, answer], [], null).rows)).toEqual(["engineer", "pilot"]);
  });

  test("a failure is not shown while the turn runs again", () => {
    const rows = toConversation(
      [message({ seq: 1, turn_state: "failed" }), message({ seq: 2, turn_state: "queued" })],
      [],
      null,
    ).rows;
    expect(kinds(rows)).toEqual(["engineer", "engineer", "thinking"]);
  });
});
