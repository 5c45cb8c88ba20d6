const key = "resolutionflow.chunkReload";
const guardMs = 10_000;

/** True for the error of a lazy route whose file was replaced by a newer deployment. */
export function isGoneChunk(error: unknown): boolean {
  return (
    error instanceof Error &&
    /dynamically imported module|module script failed|preload CSS/i.test(error.message)
  );
}

/** Reloads the page, unless it was reloaded for this reason less than ten seconds ago. */
export function reloadOnce(now = Date.now(), reload: () => void = () => window.location.reload()): void {
  try {
    const last = Number(sessionStorage.getItem(key) ?? 0);
    if (now - last < guardMs) return;
    sessionStorage.setItem(key, String(now));
  } catch {
    // Without storage there is no guard against reloading for ever, so the engineer reloads by hand.
    return;
  }
  reload();
}
