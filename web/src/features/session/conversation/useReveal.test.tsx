import { act, renderHook } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { message } from "@/test/builders";
import { toStoredRows } from "../model/conversation";
import { SurfacesProvider, useSurfaces } from "../surfaces";
import type { OlderMessages } from "./useOlderMessages";
import { useReveal } from "./useReveal";

const rowsOf = (...seqs: number[]) =>
  toStoredRows(
    seqs.map((seq) => message({ seq })),
    false,
  );
const older = (change: Partial<OlderMessages> = {}): OlderMessages => ({
  load: vi.fn(),
  loading: false,
  more: true,
  problem: null,
  ...change,
});

function open(first: { rows: ReturnType<typeof rowsOf>; older: OlderMessages }) {
  const scrollTo = vi.fn();
  const hook = renderHook(
    (props: typeof first) => ({
      marked: useReveal(props.rows, props.older, scrollTo),
      reveal: useSurfaces((surfaces) => surfaces.reveal),
    }),
    { initialProps: first, wrapper: SurfacesProvider },
  );
  return { ...hook, scrollTo };
}

test("a message that is there is scrolled to and marked for a moment, again when it is asked for again", async () => {
  vi.useFakeTimers();
  const { result, scrollTo } = open({ rows: rowsOf(4, 5), older: older() });
  act(() => result.current.reveal("message", "message-5"));
  expect(scrollTo).toHaveBeenCalledWith(1);
  act(() => void vi.advanceTimersByTime(100));
  expect(result.current.marked).toBe("message-5");
  act(() => void vi.advanceTimersByTime(1700));
  expect(result.current.marked).toBeNull();
  act(() => result.current.reveal("message", "message-5"));
  expect(scrollTo).toHaveBeenCalledTimes(2);
  vi.useRealTimers();
});

test("older pages are loaded until the message is there", () => {
  const firstPage = older();
  const { result, rerender, scrollTo } = open({ rows: rowsOf(8, 9), older: firstPage });
  act(() => result.current.reveal("message", "message-2"));
  expect(firstPage.load).toHaveBeenCalledTimes(1);
  rerender({ rows: rowsOf(8, 9), older: older({ loading: true }) });
  const secondPage = older();
  rerender({ rows: rowsOf(5, 6, 8, 9), older: secondPage });
  expect(secondPage.load).toHaveBeenCalledTimes(1);
  rerender({ rows: rowsOf(2, 3, 5, 6, 8, 9), older: older({ more: false }) });
  expect(scrollTo).toHaveBeenCalledWith(0);
});

test("it gives up when nothing older is left, or could not be loaded", () => {
  const nothing = older({ more: false });
  const { result, scrollTo } = open({ rows: rowsOf(8), older: nothing });
  act(() => result.current.reveal("message", "message-1"));
  expect(nothing.load).not.toHaveBeenCalled();
  expect(scrollTo).not.toHaveBeenCalled();
});
