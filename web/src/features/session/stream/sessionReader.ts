import type { ErrorInfo, MessageResource } from "@/api/generated";
import { announce } from "@/shared/lib/announce";
import { withMessage } from "../model/messageLog";
import { withTurnState } from "../model/turns";
import type { StreamEvent } from "./eventStream";
import { addMessage, updateLive, type Person } from "./liveStore";
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
 * reply are collected and shown once per animation frame, however many arrive.
 */
export function createSessionReader(sessionId: string, refetch: (listToo: boolean) => void) {
  let frame: number | null = null;
  let pieces: { turnId: string; text: string; offset: number | undefined }[] = [];

  function showPieces() {
    frame = null;
    const arrived = pieces;
    pieces = [];
    updateLive(sessionId, ({ reply }) => ({
      reply: arrived.reduce(
        (current, piece) => appendDelta(current, piece.turnId, piece.text, piece.offset),
        reply,
      ),
    }));
  }

  function dropPieces() {
    if (frame !== null) cancelAnimationFrame(frame);
    frame = null;
    pieces = [];
  }

  function read({ type, data }: StreamEvent): void {
    const payload = data as Payload;
    const turnId = payload.turn_id ?? "";
    switch (type) {
      case "reply.delta":
        pieces.push({ turnId, text: payload.text ?? "", offset: payload.offset });
        frame ??= requestAnimationFrame(showPieces);
        return;
      case "reply.reset":
        dropPieces();
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
        if (payload.message) announce(`Pilot: ${payload.message.text}`);
        refetch(false);
        return;
      case "reply.failed": {
        dropPieces();
        const error: ErrorInfo = {
          code: payload.code ?? "turn_failed",
          detail: payload.detail ?? "The reply failed.",
        };
        updateLive(sessionId, ({ log }) => ({
          reply: null,
          log: withTurnState(log, { turnId }, "failed", error),
        }));
        announce(`The reply failed. ${error.detail}`);
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

  return { read, stop: dropPieces };
}
