import { environment } from "./environment";

/** How the simulated model answers one request; what is left out is as usual (see the simulator's `Behaviour`). */
export interface Behaviour {
  text?: string;
  applies_to?: "chat" | "note" | "fact" | "digest";
  piece_characters?: number;
  seconds_between_pieces?: number;
  seconds_before_first_byte?: number;
  stop_reason?: string;
  status?: number;
  error_message?: string;
  cut_after?: number;
  hang_after?: number;
}

let cases = 0;

/** A word that no other session has: put it into the problem, and the answers meant for it reach this session alone. */
export function newCase(): string {
  cases += 1;
  return `case-${Date.now().toString(36)}-${cases}-${Math.random().toString(36).slice(2, 8)}`;
}

/** Lets the model answer the chat turns of a case with these replies, in order. A text stands for a whole behaviour. */
export async function direct(inConversation: string, ...replies: (string | Behaviour)[]): Promise<void> {
  const behaviours = replies.map((reply) => ({
    applies_to: "chat",
    in_conversation: inConversation,
    ...(typeof reply === "string" ? { text: reply } : reply),
  }));
  const response = await fetch(`${environment.modelUrl}/_simulator/behaviours`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(behaviours),
  });
  if (response.status !== 201)
    throw new Error(`The simulated model refused the replies: ${await response.text()}`);
}

/** A block of the pilot's reply format. */
export function block(
  name: "QUESTIONS" | "ACTIONS" | "PROMOTE" | "SUGGEST_FIX" | "FIX_OUTCOME",
  payload: unknown,
): string {
  return `\n[${name}]${JSON.stringify(payload)}[/${name}]`;
}
