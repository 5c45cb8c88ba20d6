import { asProblem, isRetryable } from "@/api/problem";

/**
 * The Idempotency-Key of what is being asked: the same body again after a lost answer is the same request, another body is another
 * one. A definite answer ends the request, so the next try gets a new key.
 */
export class RequestKey {
  private current: { body: string; key: string } | null = null;

  headersFor(body: unknown): { "Idempotency-Key": string } {
    const asked = JSON.stringify(body ?? null);
    if (this.current?.body !== asked) this.current = { body: asked, key: crypto.randomUUID() };
    return { "Idempotency-Key": this.current.key };
  }

  /** Call with the error, or without one when it went well. An answer that says nothing of the outcome keeps the key. */
  answered(error?: unknown): void {
    if (error === undefined || isDefinite(error)) this.current = null;
  }
}

/** The product's own 502 is the end of an attempt; a proxy's, a time-out or silence leave open what became of it. */
function isDefinite(error: unknown): boolean {
  const problem = asProblem(error);
  return problem.code.startsWith("psa_") || !isRetryable(problem);
}
