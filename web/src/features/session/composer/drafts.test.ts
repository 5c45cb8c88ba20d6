import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { DraftStore, draftKey } from "./drafts";

const first = draftKey("user", "session-1", "message");
const second = draftKey("user", "session-2", "message");

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("what is typed survives a reload", () => {
  const store = new DraftStore();
  store.write(first, "half a sen");
  vi.runAllTimers();
  expect(new DraftStore().read(first)).toBe("half a sen");
});

test("what is typed without a pause is saved meanwhile", () => {
  const store = new DraftStore();
  for (let typed = 1; typed <= 10; typed += 1) {
    store.write(first, "x".repeat(typed));
    vi.advanceTimersByTime(100);
  }
  expect(new DraftStore().read(first).length).toBeGreaterThan(5);
});

test("leaving the page saves at once", () => {
  const store = new DraftStore();
  store.write(first, "half a sen");
  store.flush();
  expect(new DraftStore().read(first)).toBe("half a sen");
});

test("drafts of two sessions never mix, however quickly the engineer switches", () => {
  const store = new DraftStore();
  store.write(first, "for the first");
  store.write(second, "for the second");
  store.flush();
  expect([store.read(first), store.read(second)]).toEqual(["for the first", "for the second"]);
});

test("drafts of two engineers at one computer never mix", () => {
  const store = new DraftStore();
  store.write(first, "mine");
  expect(store.read(draftKey("other", "session-1", "message"))).toBe("");
});

test("a sent draft is gone after a reload", () => {
  const store = new DraftStore();
  store.write(first, "sent");
  store.flush();
  store.write(first, "");
  store.flush();
  expect(localStorage.getItem(first)).toBeNull();
});

test("storage that refuses does not lose what is typed while the page is open", () => {
  vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
    throw new DOMException("full", "QuotaExceededError");
  });
  const store = new DraftStore();
  store.write(first, "kept");
  expect(store.read(first)).toBe("kept");
});
