import { expect, test } from "vitest";
import { message } from "@/test/builders";
import { emptyLog, withMessage, withNewestPage, withOlderPage } from "./messageLog";

const seqs = (log: { messages: { seq: number }[] }) => log.messages.map((one) => one.seq);

test("a message that arrives twice stands once, in its newer form", () => {
  const log = withMessage(
    withMessage(emptyLog, message({ seq: 1 })),
    message({ seq: 1, turn_state: "done" }),
  );
  expect(log.messages).toHaveLength(1);
  expect(log.messages[0]?.turn_state).toBe("done");
});

test("messages stand in the order of the session, whatever order they arrive in", () => {
  const log = [5, 2, 9].reduce((known, seq) => withMessage(known, message({ seq })), emptyLog);
  expect(seqs(log)).toEqual([2, 5, 9]);
});

test("reading the newest page again keeps older messages and where they continue", () => {
  const first = withNewestPage(emptyLog, [message({ seq: 10 }), message({ seq: 11 })], "10");
  const older = withOlderPage(first, [message({ seq: 4 })], "4", []);
  const again = withNewestPage(older, [message({ seq: 11 }), message({ seq: 12 })], "11");
  expect(seqs(again)).toEqual([4, 10, 11, 12]);
  expect(again.olderCursor).toBe("4");
});

test("who wrote older messages stays known, each once, whatever is read afterwards", () => {
  const mara = { user_id: "m", name: "Mara" };
  const imran = { user_id: "i", name: "Imran" };
  const first = withOlderPage(emptyLog, [message({ seq: 9 })], "9", [mara]);
  const second = withOlderPage(first, [message({ seq: 4 })], "4", [mara, imran]);
  expect(withNewestPage(second, [message({ seq: 90 })], "90").authors).toEqual([mara, imran]);
});

test("a newest page beyond everything known replaces it, so that no hole looks whole", () => {
  const log = withNewestPage(emptyLog, [message({ seq: 1 })], null);
  const far = withNewestPage(log, [message({ seq: 90 })], "90");
  expect(seqs(far)).toEqual([90]);
  expect(far.olderCursor).toBe("90");
});
