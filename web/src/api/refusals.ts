import { problemOf, type Problem } from "./problem";

export interface Refusal {
  sessionId: string;
  problem: Problem;
}

const listeners = new Set<(refusal: Refusal) => void>();
const ofSession = /\/api\/v1\/ai-sessions\/([0-9a-f-]{36})(?:\/|$)/;
// The banner keeps the refusal of what was clicked in it, also when the fix has gone: saying it twice helps nobody.
const shownByTheBanner = /\/suggested-fixes\/[^/]+\/(?!restore$)/;

/** Tells of every command of a session that was refused because the session is not as the page thought. */
export function onRefusal(listener: (refusal: Refusal) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Looks at an answer, whoever asked: the address names the session, so a late refusal reaches no other. */
export async function noteRefusal(request: Request, response: Response): Promise<void> {
  if (response.status !== 409 || request.method === "GET") return;
  const { pathname } = new URL(request.url);
  const sessionId = ofSession.exec(pathname)?.[1];
  if (!sessionId || shownByTheBanner.test(pathname)) return;
  const problem = await problemOf(response.clone());
  for (const listener of listeners) listener({ sessionId, problem });
}
