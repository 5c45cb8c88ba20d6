import { create } from "zustand";
import type { MessageResource } from "@/api/generated";
import { emptyLog, withMessage, type MessageLog } from "../model/messageLog";
import type { Connection } from "./eventStream";
import type { LiveReply } from "./reply";

/** What the stream knows of one session beside the stored state. */
export interface LiveSession {
  connection: Connection;
  reply: LiveReply | null;
  log: MessageLog;
  /** Everybody who has the session open at the moment, this engineer included. */
  people: Person[];
}

export interface Person {
  user_id: string;
  name: string;
}

export const noLiveSession: LiveSession = {
  connection: "connecting",
  reply: null,
  log: emptyLog,
  people: [],
};

interface LiveStore {
  sessions: Record<string, LiveSession>;
}

/** Live state by session id: an event of one session can never show in another. */
export const useLiveStore = create<LiveStore>(() => ({ sessions: {} }));

export function updateLive(sessionId: string, change: (session: LiveSession) => Partial<LiveSession>): void {
  useLiveStore.setState(({ sessions }) => {
    const current = sessions[sessionId] ?? noLiveSession;
    return { sessions: { ...sessions, [sessionId]: { ...current, ...change(current) } } };
  });
}

export function addMessage(sessionId: string, message: MessageResource): void {
  updateLive(sessionId, ({ log }) => ({ log: withMessage(log, message) }));
}

export function useLive<T>(sessionId: string, select: (session: LiveSession) => T): T {
  return useLiveStore(({ sessions }) => select(sessions[sessionId] ?? noLiveSession));
}
