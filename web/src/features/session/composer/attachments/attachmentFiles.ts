import { del, get, set } from "idb-keyval";
import { toStored, type Attachment, type StoredAttachment } from "./attachment";

/** Files of unsent drafts, in the browser's database: they are too large for where the text drafts are. */
export async function readFiles(place: string): Promise<StoredAttachment[]> {
  try {
    return (await get<StoredAttachment[]>(storageKey(place))) ?? [];
  } catch {
    // Blocked or broken storage: the files are kept while the page is open.
    return [];
  }
}

export async function keepFiles(place: string, attachments: Attachment[]): Promise<void> {
  try {
    if (attachments.length === 0) await del(storageKey(place));
    else await set(storageKey(place), attachments.map(toStored));
  } catch {
    // The same: nothing is lost before a reload.
  }
}

function storageKey(place: string): string {
  return `resolutionflow.files.${place}`;
}
