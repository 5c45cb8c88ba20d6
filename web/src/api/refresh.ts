import { signedIn, signedOut } from "./access";

export const refreshPath = "/api/v1/auth/refresh";

/** `renewed`: there is a fresh token. `refused`: log in again. `unreachable`: nobody knows; keep what is shown. */
export type RefreshResult = "renewed" | "refused" | "unreachable";

let running: Promise<RefreshResult> | null = null;

/**
 * Exchanges the refresh cookie for a new access token. Concurrent callers share one exchange, and a lock shared by all tabs
 * keeps two of them from using the same cookie: a refresh token used twice ends the whole family.
 */
export function refreshAccess(): Promise<RefreshResult> {
  running ??= exclusively(exchange).finally(() => {
    running = null;
  });
  return running;
}

async function exchange(): Promise<RefreshResult> {
  let response: Response;
  try {
    response = await fetch(refreshPath, { method: "POST", credentials: "same-origin" });
  } catch {
    return "unreachable";
  }
  if (response.ok) {
    const body = (await response.json()) as { access_token: string };
    signedIn(body.access_token);
    return "renewed";
  }
  if (response.status >= 500 || response.status === 429) return "unreachable";
  signedOut();
  return "refused";
}

function exclusively<T>(work: () => Promise<T>): Promise<T> {
  if (!("locks" in navigator) || !navigator.locks) return work();
  return navigator.locks.request("resolutionflow.refresh", work) as Promise<T>;
}
