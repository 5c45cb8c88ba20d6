import { act, renderHook } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { useReadsEnd } from "./useReadsEnd";

const view = 500;

function open() {
  const onEndSeen = vi.fn();
  const { result } = renderHook(() => useReadsEnd(onEndSeen));
  return {
    onEndSeen,
    scrolled: (scrollTop: number, scrollHeight: number) =>
      act(() => result.current.onScroll({ scrollTop, scrollHeight, clientHeight: view })),
    readsEnd: () => result.current.readsEnd.current,
    scrolledUp: () => result.current.scrolledUp,
  };
}

test("what grows below the view does not lead away from the end", () => {
  const { scrolled, readsEnd, scrolledUp, onEndSeen } = open();
  scrolled(500, 1000);
  // The next words stand there already when the browser tells of the scrolling to those before.
  scrolled(620, 1600);
  expect(readsEnd()).toBe(true);
  expect(scrolledUp()).toBe(false);
  expect(onEndSeen).not.toHaveBeenCalled();
});

test("scrolling up leads away from it, and coming back leads there again", () => {
  const { scrolled, readsEnd, scrolledUp, onEndSeen } = open();
  scrolled(1000, 1500);
  scrolled(700, 1500);
  expect(readsEnd()).toBe(false);
  expect(scrolledUp()).toBe(true);
  expect(onEndSeen).toHaveBeenLastCalledWith(false);
  // Down again, but not to the end: what grows is not followed.
  scrolled(800, 1500);
  expect(readsEnd()).toBe(false);
  scrolled(990, 1500);
  expect(readsEnd()).toBe(true);
  expect(scrolledUp()).toBe(false);
  expect(onEndSeen).toHaveBeenLastCalledWith(true);
});

test("a little above the end there is no button yet", () => {
  const { scrolled, readsEnd, scrolledUp } = open();
  scrolled(1000, 1500);
  scrolled(880, 1500);
  expect(readsEnd()).toBe(false);
  expect(scrolledUp()).toBe(false);
});
