/** Why a reply ended before it was whole, in few words; null for a reply that is whole. */
export function describeStopReason(reason: string | null): string | null {
  if (reason === null) return null;
  if (reason === "max_tokens") return "cut off at its length limit";
  if (reason === "refusal") return "declined by the model";
  return `ended early: ${reason.replaceAll("_", " ")}`;
}
