/** Why a reply ended before it was whole, in a sentence; null for a reply that is whole. */
export function describeStopReason(reason: string | null): string | null {
  if (reason === null) return null;
  if (reason === "max_tokens") return "Cut off: the reply reached its length limit. Ask the pilot to go on.";
  if (reason === "refusal")
    return "The model declined to answer this. Put it in other words, or go on without it.";
  return `The reply ended early (${reason.replaceAll("_", " ")}).`;
}
