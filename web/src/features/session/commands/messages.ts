import { answerItems, sendMessage, type ItemAnswerBody, type UploadResource } from "@/api/generated";
import { newEntry, send, type OutboxEntry } from "../composer/outbox";
import { useLiveStore } from "../stream/liveStore";

/** Sends what stands in the outbox; the entry's key makes a second attempt harmless. */
async function post(entry: OutboxEntry): Promise<{ message_id: string }> {
  const call = { path: { session_id: entry.sessionId }, headers: { "Idempotency-Key": entry.key } };
  const { data } = entry.answers
    ? await answerItems({ ...call, body: { items: entry.answers } })
    : await sendMessage({
        ...call,
        body: { text: entry.text ?? "", upload_ids: entry.uploads.map((upload) => upload.id) },
      });
  return data;
}

export function sendText(sessionId: string, text: string, uploads: UploadResource[] = []): void {
  void send(newEntry(sessionId, newestSeq(sessionId), { text, uploads }), post);
}

export function sendAnswers(sessionId: string, answers: ItemAnswerBody[]): void {
  void send(newEntry(sessionId, newestSeq(sessionId), { answers }), post);
}

export function sendAgain(entry: OutboxEntry): void {
  void send(entry, post);
}

function newestSeq(sessionId: string): number {
  return useLiveStore.getState().sessions[sessionId]?.log.messages.at(-1)?.seq ?? 0;
}
