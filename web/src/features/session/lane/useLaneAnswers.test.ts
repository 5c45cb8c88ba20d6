import { act, renderHook } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { laneItem } from "@/test/builders";
import { useLaneAnswers } from "./useLaneAnswers";

vi.mock("../commands/messages", () => ({ sendAnswers: vi.fn() }));
vi.mock("./useLaneDrafts", () => ({
  useLaneDrafts: () => ({ all: {}, change: vi.fn(), clear: vi.fn(), latest: { current: { all: {} } } }),
}));

const items = [laneItem({ id: "a" }), laneItem({ id: "b" })];

function answers(working: boolean) {
  const scroller = { current: null };
  return renderHook(
    (props: { working: boolean }) =>
      useLaneAnswers({ sessionId: "s", items, order: items, scroller, ...props }),
    { initialProps: { working } },
  );
}

const open = (hook: ReturnType<typeof answers>) =>
  items.filter(({ id }) => !hook.result.current.sendingIds.has(id)).map(({ id }) => id);

test("an item answered while a turn runs stays answered when that turn ends: it knew nothing of the answer", () => {
  const hook = answers(true);
  act(() => hook.result.current.submit([{ item_id: "a", answer: "Yes" }]));
  hook.rerender({ working: false });
  expect(open(hook)).toEqual(["b"]);
  hook.rerender({ working: true });
  hook.rerender({ working: false });
  expect(open(hook)).toEqual(["a", "b"]);
});

test("an item that its own turn leaves as it was is open again", () => {
  const hook = answers(false);
  act(() => hook.result.current.submit([{ item_id: "a", answer: "Yes" }]));
  expect(open(hook)).toEqual(["b"]);
  hook.rerender({ working: true });
  hook.rerender({ working: false });
  expect(open(hook)).toEqual(["a", "b"]);
});
