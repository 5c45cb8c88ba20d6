import { create } from "zustand";
import { safeStorage } from "@/shared/lib/safeStorage";

/**
 * The access token lives in memory only; the refresh token is a cookie no script can read. The hint in storage says that
 * such a cookie may exist, so that a first visit to the login page does not ask for a refresh that must fail.
 */
const hintKey = "resolutionflow.signedIn";

export type AccessState = "unknown" | "signedIn" | "signedOut";

interface AccessStore {
  state: AccessState;
  token: string | null;
}

export const useAccess = create<AccessStore>(() => ({ state: "unknown", token: null }));

export function accessToken(): string | null {
  return useAccess.getState().token;
}

export function signedIn(token: string): void {
  safeStorage.set(hintKey, "1");
  useAccess.setState({ state: "signedIn", token });
}

export function signedOut(): void {
  safeStorage.remove(hintKey);
  useAccess.setState({ state: "signedOut", token: null });
}

export function mayHaveRefreshCookie(): boolean {
  return safeStorage.get(hintKey) !== null;
}
