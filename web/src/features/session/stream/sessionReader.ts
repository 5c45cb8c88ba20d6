import type { ErrorInfo, MessageResource } from "@/api/generated";
import { announce } from "@/shared/lib/announce";
import { withMessage } from "../model/messageLog";
import { withTurnState } from "../model/turns";
import type { StreamEvent } from "./eventStream";
import { addMessage, updateLive, type Person } from "./liveStore";
import { createPace } from "./pace";
import { appendDelta, resetReply } from "./reply";

interface Payload {
  message?: MessageResource;
  turn_id?: string;
  message_ids?: string[];
  text?: string;
  offset?: number;
  code?: string;
  detail?: string;
  people?: Person[];
}

/**
 * Applies the events of one session. What the event carries shows at once; everything else is read again (`refetch`). Pieces of a
 * reply are collected and shown in steps (`createPace`), however many arrive.
 */
export function createSessionReader(sessionId: string, refetch: (listToo: boolean) => void) {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let shownAt = Number.NEGATIVE_INFINITY;
  const pace = createPace();
  let replying = false;
  let pieces: { turnId: string; text: string; offset: number | undefined }[] = [];

  const everyMs = () => pace.everyMs(performance.now());

  function showPieces() {
    timer = null;
    shownAt = performance.now();
    const arrived = pieces;
    pieces = [];
    updateLive(sessionId, ({ reply: before }) => ({
      reply: arrived.reduce(
        (current, piece) => appendDelta(current, piece.turnId, piece.text, piece.offset),
        before,
      ),
    }));
  }

  function dropPieces() {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    pieces = [];
    pace.begin(0);
  }

  function read({ type, data }: StreamEvent): void {
    const payload = data as Payload;
    const turnId = payload.turn_id ?? "";
    if (type.startsWith("reply.")) replying = type !== "reply.completed" && type !== "reply.failed";
    switch (type) {
      case "reply.delta":
        pieces.push({ turnId, text: payload.text ?? "", offset: payload.offset });
        pace.arrive(payload.text?.length ?? 0, performance.now());
        // The first words show at once; a timer goes on in a hidden tab too, where no frame is drawn.
        timer ??= setTimeout(showPieces, Math.max(0, shownAt + everyMs() - performance.now()));
        return;
      case "reply.reset":
        dropPieces();
        pace.begin(payload.text?.length ?? 0);
        updateLive(sessionId, () => ({ reply: resetReply(turnId, payload.text ?? "") }));
        return;
      case "reply.started":
        dropPieces();
        updateLive(sessionId, ({ log }) => ({
          reply: resetReply(turnId, ""),
          log: withTurnState(log, { turnId, messageIds: payload.message_ids }, "running"),
        }));
        return;
      case "reply.completed":
        dropPieces();
        updateLive(sessionId, ({ log }) => ({
          reply: null,
          log: withTurnState(payload.message ? withMessage(log, payload.message) : log, { turnId }, "done"),
        }));
        if (payload.message) announce(`Pilot: ${beginningOf(payload.message.text)}`);
        refetch(false);
        return;
      case "reply.failed": {
        dropPieces();
        const error: ErrorInfo = {
          code: payload.code ?? "turn_failed",
          detail: payload.detail ?? "The reply failed.",
        };
        // Stopped before a word: nothing went wrong.
        const stopped = error.code === "reply_stopped";
        updateLive(sessionId, ({ log }) => ({
          reply: null,
          log: withTurnState(log, { turnId }, stopped ? "stopped" : "failed", stopped ? null : error),
        }));
        announce(stopped ? error.detail : `The reply failed. ${error.detail}`);
        refetch(false);
        return;
      }
      case "message.created":
        if (payload.message) addMessage(sessionId, payload.message);
        refetch(false);
        return;
      case "presence.changed":
        updateLive(sessionId, () => ({ people: payload.people ?? [] }));
        return;
      default:
        refetch(type === "session.changed");
    }
  }

  /** While a reply is shown in steps, its pieces need not be taken one by one either. Timers of a hidden tab may take a minute. */
  function restMs(): number {
    return replying && document.visibilityState === "visible" ? everyMs() : 0;
  }

  return { read, restMs, stop: dropPieces };
}

const spokenCharacters = 400;

/** What is spoken of a reply: nobody listens to all of a long one before knowing that it is there. */
function beginningOf(text: string): string {
  if (text.length <= spokenCharacters) return text;
  const cut = text.lastIndexOf(" ", spokenCharacters);
  return `${text.slice(0, cut > 0 ? cut : spokenCharacters)} … The whole reply is in the conversation.`;
}
