import { createParser } from "eventsource-parser";

export interface StreamEvent {
  type: string;
  /** Sequence of a durable event; absent for deltas, resets and heartbeats. */
  seq: number | null;
  data: unknown;
}

export type Connection = "connecting" | "open" | "lost" | "stopped";

export interface EventStreamOptions {
  url: string;
  fetch: typeof fetch;
  /** Sequence already known when the stream opens; events up to it are not repeated. */
  lastSeq: number | null;
  onEvent: (event: StreamEvent) => void;
  onConnection: (connection: Connection) => void;
  /** Called once when the server says that this stream is not ours to read (401 after a refresh, 403, 404). */
  onRefused?: (status: number) => void;
  /** Milliseconds until the stream is read again: what arrives meanwhile is taken in one go. Asked after each reading. */
  restMs?: () => number;
  timing?: Partial<Timing>;
}

interface Timing {
  firstRetryMs: number;
  longestRetryMs: number;
  silenceMs: number;
}

const usual: Timing = { firstRetryMs: 500, longestRetryMs: 15_000, silenceMs: 40_000 };

/**
 * Reads server-sent events until closed. Reconnects after an error and after a clean end (a restart ends streams cleanly),
 * resumes after the last durable event, and drops events it has already seen. Returns the function that closes it.
 */
export function openEventStream(options: EventStreamOptions): () => void {
  const timing = { ...usual, ...options.timing };
  const closed = new AbortController();
  let lastSeq = options.lastSeq;
  let attempt = 0;
  let wake: (() => void) | null = null;
  let current: AbortController | null = null;

  function deliver(type: string, id: string | undefined, text: string): void {
    const seq = parseSeq(id);
    if (seq !== null) {
      if (lastSeq !== null && seq <= lastSeq) return;
      lastSeq = seq;
    }
    const data = parseData(text);
    if (data !== undefined && type !== "heartbeat") options.onEvent({ type, seq, data });
  }

  async function readOnce(): Promise<"again" | "stop"> {
    current = new AbortController();
    const abort = () => current?.abort();
    closed.signal.addEventListener("abort", abort, { once: true });
    const watchdog = silenceWatch(timing.silenceMs, abort);
    try {
      const headers: Record<string, string> = { Accept: "text/event-stream" };
      if (lastSeq !== null) headers["Last-Event-ID"] = String(lastSeq);
      const response = await options.fetch(options.url, {
        headers,
        signal: current.signal,
        cache: "no-store",
      });
      if ([401, 403, 404].includes(response.status)) {
        options.onRefused?.(response.status);
        return "stop";
      }
      if (!response.ok || !response.body) return "again";
      options.onConnection("open");
      const parser = createParser({
        onEvent: (event) => {
          attempt = 0;
          deliver(event.event ?? "message", event.id, event.data);
        },
      });
      const decoder = new TextDecoder();
      const reader = response.body.getReader();
      // Not every body ends with the request's signal, so the reader is told itself.
      current.signal.addEventListener("abort", () => void reader.cancel().catch(() => undefined), {
        once: true,
      });
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return "again";
        watchdog.touch();
        parser.feed(decoder.decode(value, { stream: true }));
        const restMs = options.restMs?.() ?? 0;
        if (restMs > 0) await rest(restMs, current.signal);
      }
    } catch {
      return "again";
    } finally {
      watchdog.stop();
      closed.signal.removeEventListener("abort", abort);
      current.abort();
    }
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async function run(): Promise<void> {
    options.onConnection("connecting");
    while (!closed.signal.aborted) {
      const next = await readOnce();
      if (closed.signal.aborted) return;
      if (next === "stop") {
        options.onConnection("stopped");
        return;
      }
      options.onConnection("lost");
      await pause(backOff(attempt, timing));
      attempt += 1;
    }
  }

  const reopenNow = () => wake?.();
  const reopenWhenVisible = () => {
    if (document.visibilityState === "visible") wake?.();
  };
  window.addEventListener("online", reopenNow);
  document.addEventListener("visibilitychange", reopenWhenVisible);
  void run();

  return () => {
    window.removeEventListener("online", reopenNow);
    document.removeEventListener("visibilitychange", reopenWhenVisible);
    closed.abort();
    wake?.();
  };
}

/** Milliseconds before attempt `attempt`: doubling, capped, half of it random so that clients do not return together. */
export function backOff(
  attempt: number,
  timing: Pick<Timing, "firstRetryMs" | "longestRetryMs"> = usual,
): number {
  const whole = Math.min(timing.longestRetryMs, timing.firstRetryMs * 2 ** attempt);
  return whole / 2 + (Math.random() * whole) / 2;
}

function rest(ms: number, until: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      until.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    until.addEventListener("abort", end, { once: true });
  });
}

function parseSeq(id: string | undefined): number | null {
  return id !== undefined && /^\d+$/.test(id) ? Number(id) : null;
}

/** A frame that is not JSON is skipped; it must not end the stream. */
function parseData(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function silenceWatch(limitMs: number, onSilence: () => void): { touch: () => void; stop: () => void } {
  let timer = setTimeout(onSilence, limitMs);
  return {
    touch: () => {
      clearTimeout(timer);
      timer = setTimeout(onSilence, limitMs);
    },
    stop: () => clearTimeout(timer),
  };
}
