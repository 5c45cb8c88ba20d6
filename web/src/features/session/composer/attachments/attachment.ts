import type { UploadResource } from "@/api/generated";
import type { Problem } from "@/api/problem";

/** A file that will go with the next message. It is on its way to the server, or there already. */
export interface Attachment {
  /** Idempotency-Key of its upload: sent twice, it is stored once. */
  key: string;
  fileName: string;
  contentType: string;
  size: number;
  file: Blob;
  state: "uploading" | "ready" | "failed";
  /** Part that was sent, 0 to 1. */
  progress: number;
  upload: UploadResource | null;
  uploadedAt: number | null;
  problem: Problem | null;
}

/** What of it is kept across reloads. */
export type StoredAttachment = Pick<
  Attachment,
  "key" | "fileName" | "contentType" | "size" | "file" | "upload" | "uploadedAt"
>;

export const filesPerMessage = 3;
export const bytesPerFile = 10 * 1024 * 1024;
export const limitsHint = `Up to ${filesPerMessage} files of 10 MB: pictures, text and logs, PDF`;
/** Only a help for the picker: the server looks into the file. */
export const acceptedTypes =
  "image/png,image/jpeg,image/webp,image/gif,application/pdf,text/*,.log,.txt,.csv,.json,.xml";

// The server throws away what no message took for a day. A little earlier the file is sent again.
const keptForMs = 23 * 60 * 60_000;

export function newAttachment(file: File): Attachment {
  return {
    key: crypto.randomUUID(),
    fileName: file.name || "file",
    contentType: file.type,
    size: file.size,
    file,
    state: "uploading",
    progress: 0,
    upload: null,
    uploadedAt: null,
    problem: file.size > bytesPerFile ? tooLarge : null,
  };
}

const tooLarge: Problem = {
  status: 413,
  code: "upload_too_large",
  detail: "The file has more than 10 MB, the most for one file.",
  fields: [],
  extra: {},
};

export function toStored(attachment: Attachment): StoredAttachment {
  const { key, fileName, contentType, size, file, upload, uploadedAt } = attachment;
  return { key, fileName, contentType, size, file, upload, uploadedAt };
}

/** A file of an earlier page: ready when the server still has it, else it is sent again. */
export function fromStored(stored: StoredAttachment, now: number): Attachment {
  const there = stored.upload !== null && stored.uploadedAt !== null && now - stored.uploadedAt < keptForMs;
  return {
    ...stored,
    upload: there ? stored.upload : null,
    state: there ? "ready" : "uploading",
    progress: there ? 1 : 0,
    problem: stored.size > bytesPerFile ? tooLarge : null,
  };
}

export function isPicture(contentType: string): boolean {
  return /^image\/(png|jpeg|webp|gif)$/.test(contentType);
}

/** The first files that a message still has room for, and how many were left out. */
export function within<T>(files: T[], already: number): { taken: T[]; leftOut: number } {
  const taken = files.slice(0, Math.max(0, filesPerMessage - already));
  return { taken, leftOut: files.length - taken.length };
}

/** Why the message cannot go yet, in words; null when nothing of the files holds it back. */
export function waitingFor(attachments: Attachment[]): string | null {
  if (attachments.some((one) => one.state === "failed"))
    return "A file was not uploaded: retry or remove it.";
  const open = attachments.filter((one) => one.state === "uploading").length;
  if (open > 0) return open === 1 ? "A file is being uploaded." : `${open} files are being uploaded.`;
  return null;
}
