import type { UploadAnswer } from "@/api/generated";
import { accessToken } from "@/api/access";
import { asProblem, ProblemError, unreadable } from "@/api/problem";
import { refreshAccess } from "@/api/refresh";

interface Sending {
  file: Blob;
  fileName: string;
  key: string;
  onProgress: (part: number) => void;
  signal: AbortSignal;
}

/**
 * Sends one file. Not with `fetch`, which cannot tell how much of a request is out. Like our transport it renews an expired token
 * once. Rejects with a problem, or with an AbortError when it was cancelled.
 */
export async function sendFile(sending: Sending): Promise<UploadAnswer> {
  const token = accessToken();
  let answer = await post(sending, token);
  if (answer.status === 401) {
    const renewedMeanwhile = accessToken() !== null && accessToken() !== token;
    if (renewedMeanwhile || (await refreshAccess()) === "renewed")
      answer = await post(sending, accessToken());
  }
  if (answer.status === 201) return JSON.parse(answer.text) as UploadAnswer;
  throw new ProblemError(problemIn(answer));
}

interface Answer {
  status: number;
  text: string;
}

function post({ file, fileName, key, onProgress, signal }: Sending, token: string | null): Promise<Answer> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(cancelled());
      return;
    }
    const request = new XMLHttpRequest();
    const cancel = () => request.abort();
    signal.addEventListener("abort", cancel);
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    request.addEventListener("load", () => resolve({ status: request.status, text: request.responseText }));
    request.addEventListener("error", () => reject(new TypeError("The file did not reach the server.")));
    request.addEventListener("abort", () => reject(cancelled()));
    request.addEventListener("loadend", () => signal.removeEventListener("abort", cancel));
    request.open("POST", "/api/v1/uploads");
    request.setRequestHeader("Idempotency-Key", key);
    if (token) request.setRequestHeader("Authorization", `Bearer ${token}`);
    const form = new FormData();
    form.append("file", file, fileName);
    request.send(form);
  });
}

function cancelled(): DOMException {
  return new DOMException("The upload was cancelled.", "AbortError");
}

function problemIn({ status, text }: Answer) {
  try {
    const document = JSON.parse(text) as unknown;
    if (typeof document === "object" && document !== null && "code" in document) return asProblem(document);
  } catch {
    // A proxy answered: its words are not for the engineer.
  }
  return unreadable(status);
}
