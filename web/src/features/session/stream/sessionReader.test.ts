import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { useAnnouncement } from "@/shared/lib/announce";
import { useLiveStore } from "./liveStore";
import { createSessionReader } from "./sessionReader";

const refetch = vi.fn();
const shown = () => useLiveStore.getState().sessions["s"]?.reply?.text ?? null;
const piece = (text: string, offset: number) => ({
  type: "reply.delta",
  seq: null,
  data: { turn_id: "t", text, offset },
});

const resumed = (text: string) => ({ type: "reply.reset", seq: null, data: { turn_id: "t", text } });

beforeEach(() => {
  vi.useFakeTimers();
  useLiveStore.setState({ sessions: {} });
});
afterEach(() => void vi.useRealTimers());

test("the first words show at once, and those that follow quickly are shown together, in order", () => {
  const reader = createSessionReader("s", refetch);
  let drawn = 0;
  const stop = useLiveStore.subscribe(() => (drawn += 1));
  reader.read(piece("a", 0));
  vi.advanceTimersByTime(1);
  expect(shown()).toBe("a");
  for (let at = 1; at <= 25; at += 1) {
    reader.read(piece("b", at));
    vi.advanceTimersByTime(40);
  }
  vi.advanceTimersByTime(100);
  stop();
  expect(shown()).toBe(`a${"b".repeat(25)}`);
  expect(drawn).toBeGreaterThan(5);
  expect(drawn).toBeLessThanOrEqual(12);
});

test("a finished reply leaves no piece behind that would show later", () => {
  const reader = createSessionReader("s", refetch);
  reader.read(piece("half a", 0));
  reader.read({ type: "reply.completed", seq: 9, data: { turn_id: "t" } });
  vi.advanceTimersByTime(1_000);
  expect(shown()).toBeNull();
});

test("a long reply is shown line by line, and nothing of it waits for more than a moment", () => {
  const reader = createSessionReader("s", refetch);
  reader.read(resumed("a".repeat(20_000)));
  reader.read(piece("a", 20_000));
  vi.advanceTimersByTime(1);
  let drawn = 0;
  const stop = useLiveStore.subscribe(() => (drawn += 1));
  for (let at = 0; at < 30; at += 1) {
    reader.read(piece("b", 20_001 + at));
    vi.advanceTimersByTime(100);
  }
  vi.advanceTimersByTime(300);
  stop();
  expect(shown()).toHaveLength(20_031);
  expect(drawn).toBeGreaterThan(8);
  expect(drawn).toBeLessThanOrEqual(11);
});

test("the stream rests only between the steps of a reply, and never in a hidden tab", () => {
  const visible = vi.spyOn(document, "visibilityState", "get").mockReturnValue("visible");
  const reader = createSessionReader("s", refetch);
  expect(reader.restMs()).toBe(0);
  reader.read({ type: "reply.started", seq: 1, data: { turn_id: "t" } });
  reader.read(resumed("a".repeat(20_000)));
  reader.read(piece("a", 20_000));
  vi.advanceTimersByTime(1);
  expect(reader.restMs()).toBe(300);
  visible.mockReturnValue("hidden");
  expect(reader.restMs()).toBe(0);
  visible.mockReturnValue("visible");
  reader.read({ type: "reply.completed", seq: 2, data: { turn_id: "t" } });
  expect(reader.restMs()).toBe(0);
});

test("of a finished reply the beginning is announced, and that there is more", () => {
  const reader = createSessionReader("s", refetch);
  const completed = (text: string) =>
    reader.read({
      type: "reply.completed",
      seq: 3,
      data: { turn_id: "t", message: { id: "m", seq: 3, role: "pilot", text } },
    });
  completed("Restart the spooler.");
  expect(useAnnouncement.getState().text).toBe("Pilot: Restart the spooler.");
  completed("word ".repeat(2_000));
  const { text } = useAnnouncement.getState();
  expect(text.length).toBeLessThan(470);
  expect(text).toMatch(/^Pilot: word word .* word … The whole reply is in the conversation\.$/);
  completed("x".repeat(5_000));
  expect(useAnnouncement.getState().text).toContain("x … The whole reply");
});

test("a reply that was stopped before a word is told as stopped, one that failed as failed", () => {
  const reader = createSessionReader("s", refetch);
  const asked = {
    id: "m",
    seq: 1,
    role: "engineer" as const,
    text: "Why?",
    created_at: "2026-11-27T08:00:00Z",
  };
  const end = (code: string, detail: string) => {
    reader.read({ type: "message.created", seq: 1, data: { message: asked } });
    reader.read({ type: "reply.started", seq: 2, data: { turn_id: "t", message_ids: ["m"] } });
    reader.read({ type: "reply.failed", seq: 3, data: { turn_id: "t", code, detail, retryable: true } });
    return useLiveStore.getState().sessions["s"]?.log.messages[0];
  };
  expect(end("reply_stopped", "The reply was stopped.")).toMatchObject({
    turn_state: "stopped",
    error: null,
  });
  expect(useAnnouncement.getState().text).toBe("The reply was stopped.");
  expect(end("pilot_rejected", "No such model.")).toMatchObject({
    turn_state: "failed",
    error: { code: "pilot_rejected" },
  });
  expect(useAnnouncement.getState().text).toBe("The reply failed. No such model.");
});
