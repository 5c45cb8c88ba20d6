import { safeStorage } from "@/shared/lib/safeStorage";

const saveAfterMs = 250;

/**
 * Text being typed, kept per user, session and place (the composer, or one lane item). Every method takes the whole key, so
 * a late save can never land in the session the engineer switched to.
 */
export class DraftStore {
  private readonly pending = new Map<string, string>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  read(key: string): string {
    return this.pending.get(key) ?? safeStorage.get(key) ?? "";
  }

  /** Saves soon; an empty text removes the draft. */
  write(key: string, text: string): void {
    this.pending.set(key, text);
    // Not put off by the next keystroke: a tab that dies while somebody types on and on has lost a moment at most.
    this.timer ??= setTimeout(() => this.flush(), saveAfterMs);
  }

  /** Saves now: on leaving the page, on switching the session. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const [key, text] of this.pending) {
      if (text === "") safeStorage.remove(key);
      else safeStorage.set(key, text);
    }
    this.pending.clear();
  }
}

export function draftKey(userId: string, sessionId: string, place: string): string {
  return `resolutionflow.draft.${userId}.${sessionId}.${place}`;
}

export const drafts = new DraftStore();
window.addEventListener("pagehide", () => drafts.flush());
