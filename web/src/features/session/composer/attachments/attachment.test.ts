import { expect, test } from "vitest";
import { fromStored, newAttachment, toStored, waitingFor, within, type Attachment } from "./attachment";

const hour = 60 * 60_000;
const upload = { id: "u", file_name: "a.png", content_type: "image/png", size_bytes: 3 };
const picture = () => newAttachment(new File(["abc"], "a.png", { type: "image/png" }));
const ready = (): Attachment => ({ ...picture(), state: "ready", upload, uploadedAt: 0 });

test("a message has room for three files", () => {
  expect(within(["a", "b", "c", "d"], 0)).toEqual({ taken: ["a", "b", "c"], leftOut: 1 });
  expect(within(["a", "b"], 2)).toEqual({ taken: ["a"], leftOut: 1 });
  expect(within(["a"], 3)).toEqual({ taken: [], leftOut: 1 });
});

test("a file above the limit is refused before it is sent", () => {
  const large = new File([new Uint8Array(10 * 1024 * 1024 + 1)], "dump.log");
  expect(newAttachment(large).problem?.code).toBe("upload_too_large");
});

test("a file that was uploaded is ready again after a reload", () => {
  expect(fromStored(toStored(ready()), hour)).toMatchObject({ state: "ready", upload: { id: "u" } });
});

test("a file the server has thrown away meanwhile is sent again, under the same key", () => {
  const kept = ready();
  expect(fromStored(toStored(kept), 24 * hour)).toMatchObject({
    key: kept.key,
    state: "uploading",
    upload: null,
  });
});

test("the message waits for its files and says so", () => {
  expect(waitingFor([])).toBeNull();
  expect(waitingFor([ready()])).toBeNull();
  expect(waitingFor([ready(), picture()])).toMatch(/being uploaded/);
  expect(waitingFor([{ ...picture(), state: "failed" }])).toMatch(/retry or remove/);
});
