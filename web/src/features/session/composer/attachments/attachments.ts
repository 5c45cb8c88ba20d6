import { create } from "zustand";
import { deleteUpload, type UploadResource } from "@/api/generated";
import { asProblem } from "@/api/problem";
import { fromStored, newAttachment, within, filesPerMessage, type Attachment } from "./attachment";
import { keepFiles, readFiles } from "./attachmentFiles";
import { sendFile } from "./sendFile";

interface Place {
  files: Attachment[];
  /** What could not be taken, in words. */
  notice: string | null;
}

const nothing: Place = { files: [], notice: null };

/**
 * Files of unsent messages by place: a user's composer in one session, or the start box. They are uploaded while the engineer goes
 * on, also in another session; what arrives late arrives where it belongs.
 */
export const useAttachmentStore = create<{ places: Record<string, Place> }>(() => ({ places: {} }));

const running = new Map<string, AbortController>();
const restored = new Set<string>();

export function useAttachments(place: string): Place {
  return useAttachmentStore(({ places }) => places[place] ?? nothing);
}

export function attachmentPlace(userId: string, sessionId: string): string {
  return `${userId}.${sessionId}`;
}

/** Brings back what an earlier page kept, once. */
export async function restoreAttachments(place: string): Promise<void> {
  if (restored.has(place)) return;
  restored.add(place);
  const stored = await readFiles(place);
  const files = stored.map((one) => fromStored(one, Date.now()));
  if (files.length === 0) return;
  change(place, (now) => ({ files: [...files, ...now.files.filter((one) => !knows(files, one.key))] }));
  for (const file of files) if (file.state === "uploading") void upload(place, file);
}

/** Takes files in up to the limit of a message and starts to upload them. */
export function addFiles(place: string, files: File[]): void {
  const { taken, leftOut } = within(files, of(place).files.length);
  const added = taken.map(newAttachment);
  change(place, (now) => ({
    files: [...now.files, ...added],
    notice:
      leftOut > 0
        ? `A message takes ${filesPerMessage} files. ${leftOut === 1 ? "One was" : `${leftOut} were`} left out.`
        : null,
  }));
  save(place);
  for (const attachment of added) void upload(place, attachment);
}

export function retryFile(place: string, key: string): void {
  const attachment = of(place).files.find((one) => one.key === key);
  if (!attachment) return;
  patch(place, key, { state: "uploading", progress: 0, problem: null });
  void upload(place, { ...attachment, problem: null });
}

/** Cancels the upload, or takes it back from the server. */
export function removeFile(place: string, key: string): void {
  const attachment = of(place).files.find((one) => one.key === key);
  running.get(key)?.abort();
  change(place, (now) => ({ files: now.files.filter((one) => one.key !== key), notice: null }));
  save(place);
  // What could not be deleted is swept by the server within a day.
  if (attachment?.upload) deleteUpload({ path: { upload_id: attachment.upload.id } }).catch(() => undefined);
}

/** Empties the place: its files belong to a message now. */
export function takeUploads(place: string): UploadResource[] {
  const uploads = of(place).files.flatMap((one) => (one.upload ? [one.upload] : []));
  change(place, () => nothing);
  save(place);
  return uploads;
}

async function upload(place: string, attachment: Attachment): Promise<void> {
  const { key, file, fileName, problem } = attachment;
  if (problem) {
    patch(place, key, { state: "failed", problem });
    return;
  }
  const cancel = new AbortController();
  running.set(key, cancel);
  try {
    const { id, file_name, content_type, size_bytes, width, height, has_thumbnail } = await sendFile({
      file,
      fileName,
      key,
      signal: cancel.signal,
      onProgress: (progress) => patch(place, key, { progress }),
    });
    const stored = { id, file_name, content_type, size_bytes, width, height, has_thumbnail };
    patch(place, key, { state: "ready", progress: 1, upload: stored, uploadedAt: Date.now() });
    save(place);
  } catch (error) {
    if (!cancel.signal.aborted) patch(place, key, { state: "failed", problem: asProblem(error) });
  } finally {
    if (running.get(key) === cancel) running.delete(key);
  }
}

function of(place: string): Place {
  return useAttachmentStore.getState().places[place] ?? nothing;
}

function change(place: string, next: (now: Place) => Partial<Place>): void {
  useAttachmentStore.setState(({ places }) => {
    const now = places[place] ?? nothing;
    return { places: { ...places, [place]: { ...now, ...next(now) } } };
  });
}

function patch(place: string, key: string, update: Partial<Attachment>): void {
  change(place, ({ files }) => ({
    files: files.map((one) => (one.key === key ? { ...one, ...update } : one)),
  }));
}

function save(place: string): void {
  void keepFiles(place, of(place).files);
}

function knows(files: Attachment[], key: string): boolean {
  return files.some((one) => one.key === key);
}
