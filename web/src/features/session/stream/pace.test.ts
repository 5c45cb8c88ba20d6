import { expect, test } from "vitest";
import { createPace } from "./pace";

/** A reply of which `piece` characters arrive every 40 ms, `afterMs` after its first piece. */
function after(afterMs: number, piece: number) {
  const pace = createPace();
  pace.begin(0);
  let now = 5_000;
  for (; now <= 5_000 + afterMs; now += 40) pace.arrive(piece, now);
  return pace.everyMs(now);
}

test("the first words follow one another quickly, however fast they come", () => {
  expect(after(0, 61)).toBe(100);
  expect(after(0, 1)).toBe(100);
});

test("a reply that can be read along grows by a line, three times a second and more", () => {
  expect(after(1_000, 8)).toBeLessThanOrEqual(130);
  expect(after(20_000, 12)).toBe(300);
});

test("a reply that nobody can read along grows by some lines", () => {
  expect(after(8_000, 61)).toBe(900);
  expect(after(8_000, 32)).toBeGreaterThan(450);
  expect(after(8_000, 32)).toBeLessThan(550);
});

test("what a resumed reply has already does not count as fast", () => {
  const pace = createPace();
  pace.begin(20_000);
  pace.arrive(8, 1_000);
  expect(pace.everyMs(1_500)).toBe(300);
});

test("the next reply begins anew", () => {
  const pace = createPace();
  pace.arrive(50_000, 1_000);
  pace.begin(0);
  pace.arrive(10, 60_000);
  expect(pace.everyMs(60_001)).toBe(100);
});
