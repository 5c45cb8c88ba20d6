import { expect, test } from "vitest";
import type { FixResource } from "@/api/generated";
import { createSurfaces, needsWord } from "./surfaces";

const fix = (change: Partial<FixResource>): FixResource => ({
  id: "f",
  title: "Restart the spooler",
  description: "",
  confidence_pct: 80,
  status: "proposed",
  created_at: "2026-01-01T10:00:00Z",
  ...change,
});
const run = { applied_at: "2026-01-01T10:05:00Z" };

test.each([
  ["none", null, false],
  ["proposed, never run", fix({}), false],
  ["run, no outcome yet", fix(run), true],
  ["partly done", fix({ ...run, status: "applied_partial" }), true],
  ["worked", fix({ ...run, status: "applied_success" }), false],
  ["failed", fix({ ...run, status: "applied_failed" }), false],
  ["replaced", fix({ ...run, superseded_at: "2026-01-01T10:09:00Z" }), false],
])("escalating with a fix that is %s asks about it: %s", (_, given, asked) => {
  expect(needsWord(given)).toBe(asked);
  const surfaces = createSurfaces();
  surfaces.getState().escalate(given, "header");
  expect(surfaces.getState().intercepting).toBe(asked);
  expect(surfaces.getState().note).toBe(asked ? null : "escalation_package");
});

test("the question hangs from the button that was clicked", () => {
  const surfaces = createSurfaces();
  surfaces.getState().escalate(fix(run), "header");
  expect(surfaces.getState()).toMatchObject({ intercepting: true, escalatedFrom: "header" });
});

test("one surface is open at a time", () => {
  const surfaces = createSurfaces();
  surfaces.getState().openDialog("shareUpdate");
  surfaces.getState().openNote("resolution_note");
  expect(surfaces.getState()).toMatchObject({ dialog: null, note: "resolution_note" });
  surfaces.getState().openDialog("linkTicket");
  expect(surfaces.getState()).toMatchObject({ dialog: "linkTicket", note: null });
});

test("pointing at the same thing twice is two requests", () => {
  const surfaces = createSurfaces();
  surfaces.getState().reveal("message", "m");
  const first = surfaces.getState().revealed?.request;
  surfaces.getState().reveal("message", "m");
  expect(surfaces.getState().revealed?.request).not.toBe(first);
});
