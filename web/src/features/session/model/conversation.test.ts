import { describe, expect, test } from "vitest";
import { asProblem } from "@/api/problem";
import { newEntry } from "../composer/outbox";
import { message } from "@/test/builders";
import { toConversation, toStoredRows, unstored } from "./conversation";

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
    const problem = asProblem(new TypeError("Failed to fetch"));
    const failed = { ...sending("yes", 5), state: "failed" as const, problem };
    expect(unstored([failed], [message({ seq: 6, text: "yes" })])).toEqual([failed]);
  });

  test("one that was interrupted by the end of the page is recognised when it was stored after all", () => {
    const interrupted = { ...sending("yes", 5), state: "failed" as const };
    expect(unstored([interrupted], [message({ seq: 6, text: "yes" })])).toEqual([]);
    expect(unstored([interrupted], [message({ seq: 4, text: "yes" })])).toEqual([interrupted]);
  });

  test("files are part of what a message is recognised by", () => {
    const upload = { id: "u", file_name: "a.png", content_type: "image/png", size_bytes: 1 };
    const entry = newEntry("s", 0, { text: "", uploads: [upload] });
    expect(unstored([entry], [message({ seq: 1, text: "" })])).toHaveLength(1);
    expect(unstored([entry], [message({ seq: 1, text: "", uploads: [upload] })])).toHaveLength(0);
  });

  test("answers of the lane are not shown as messages being sent", () => {
    const entry = newEntry("s", 0, { answers: [{ item_id: "q", answer: "yes" }] });
    expect(toConversation([], [entry], null).rows).toEqual([]);
  });
});

describe("the pilot's turn", () => {
  const running = message({ seq: 1, turn_state: "running", turn_id: "t" });

  test("thinking shows until the first words arrive", () => {
    expect(kinds(toConversation([running], [], null).rows)).toEqual(["engineer", "thinking"]);
    const reply = { turnId: "t", begun: true };
    expect(kinds(toConversation([running], [], reply).rows)).toEqual(["engineer", "live"]);
  });

  test("thinking and the growing reply are one row, so nothing jumps", () => {
    const thinking = toConversation([running], [], null).rows.at(-1);
    const live = toConversation([running], [], { turnId: "t", begun: true }).rows.at(-1);
    expect(thinking?.key).toBe(live?.key);
  });

  test("the growing reply and the stored one are one row, so its height is known when it is whole", () => {
    const live = toConversation([running], [], { turnId: "t", begun: true }).rows.at(-1);
    const stored = message({ seq: 2, role: "pilot", turn_id: "t", text: "x" });
    expect(toConversation([running, stored], [], null).rows.some((row) => row.key === live?.key)).toBe(true);
  });

  test("a reply that is stored already does not show a second time", () => {
    const stored = message({ seq: 2, role: "pilot", turn_id: "t", text: "x" });
    const { rows } = toConversation([running, stored], [], { turnId: "t", begun: true });
    expect(kinds(rows)).toEqual(["engineer", "pilot"]);
  });

  test("a reply that is not whole keeps the reason", () => {
    const cut = message({ seq: 2, role: "pilot", stop_reason: "max_tokens" });
    expect(toConversation([cut], [], null).rows.at(-1)).toMatchObject({ stopReason: "max_tokens" });
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

describe("days", () => {
  const evening = message({ seq: 1, created_at: "2026-03-02T20:00:00" });
  const morning = message({ seq: 2, created_at: "2026-03-03T07:00:00" });
  const noon = message({ seq: 3, created_at: "2026-03-03T12:00:00" });

  test("a line stands where another day begins", () => {
    expect(kinds(toStoredRows([evening, morning, noon], true))).toEqual([
      "day",
      "engineer",
      "day",
      "engineer",
      "engineer",
    ]);
  });

  test("none stands above the oldest message while older ones may come before it", () => {
    expect(kinds(toStoredRows([morning, noon], false))).toEqual(["engineer", "engineer"]);
  });

  test("a session of today needs none", () => {
    const today = message({ seq: 1, created_at: new Date().toISOString() });
    expect(kinds(toStoredRows([today], true))).toEqual(["engineer"]);
  });

  test("the row of an unchanged message is the same one, so that it is not drawn again", () => {
    const [first] = toStoredRows([noon], false);
    const [, again] = toStoredRows([morning, noon], false);
    expect(again).toBe(first);
  });
});
