import { beforeEach, expect, test, vi } from "vitest";
import { newEntry, persistOutbox, restoreOutbox, send, useOutbox, type OutboxEntry } from "./outbox";

const entries = () => useOutbox.getState().entries;
const refused = { status: 409, code: "session_closed", detail: "Closed.", title: "", type: "" };

beforeEach(() => useOutbox.setState({ entries: [] }));

test("a sent message knows its stored id, so that it can be recognised", async () => {
  await send(newEntry("s", 0, { text: "hi" }), async () => ({ message_id: "m1" }));
  expect(entries()).toMatchObject([{ text: "hi", messageId: "m1" }]);
});

test("what the server refuses is kept with the reason and not tried again", async () => {
  const post = vi.fn(async () => Promise.reject(refused));
  await send(newEntry("s", 0, { text: "hi" }), post);
  expect(post).toHaveBeenCalledTimes(1);
  expect(entries()).toMatchObject([{ state: "failed", problem: { code: "session_closed" } }]);
});

test("trouble that may pass is retried under the same key", async () => {
  vi.useFakeTimers();
  const keys: string[] = [];
  const post = async (entry: OutboxEntry) => {
    keys.push(entry.key);
    if (keys.length < 3) throw new TypeError("Failed to fetch");
    return { message_id: "m1" };
  };
  const sent = send(newEntry("s", 0, { text: "hi" }), post);
  await vi.runAllTimersAsync();
  await sent;
  vi.useRealTimers();
  expect(keys).toHaveLength(3);
  expect(new Set(keys).size).toBe(1);
  expect(entries()[0]?.messageId).toBe("m1");
});

test("messages of one session go out in the order they were written", async () => {
  const order: string[] = [];
  let release = () => {};
  const slow = new Promise<void>((resolve) => {
    release = resolve;
  });
  const post = async (entry: OutboxEntry) => {
    if (entry.text === "first") await slow;
    order.push(entry.text ?? "");
    return { message_id: entry.key };
  };
  const both = Promise.all([
    send(newEntry("s", 0, { text: "first" }), post),
    send(newEntry("s", 0, { text: "second" }), post),
  ]);
  release();
  await both;
  expect(order).toEqual(["first", "second"]);
});

test("a message being sent when the tab dies is shown again as not sent", () => {
  const stop = persistOutbox("user");
  void send(newEntry("s", 0, { text: "hi" }), () => new Promise(() => {}));
  stop();
  useOutbox.setState({ entries: [] });
  restoreOutbox("user");
  expect(entries()).toMatchObject([{ text: "hi", state: "failed" }]);
});

test("another engineer at the same computer does not see it", () => {
  const stop = persistOutbox("user");
  void send(newEntry("s", 0, { text: "hi" }), () => new Promise(() => {}));
  stop();
  restoreOutbox("other");
  expect(entries()).toEqual([]);
});
