import { http, HttpResponse } from "msw";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { backOff, openEventStream, type Connection, type StreamEvent } from "./eventStream";

const server = setupServer();
const url = `${window.location.origin}/events`;
const timing = { firstRetryMs: 1, longestRetryMs: 2, silenceMs: 5_000 };
const closers: (() => void)[] = [];

beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
afterEach(() => {
  for (const close of closers.splice(0)) close();
  server.resetHandlers();
});
afterAll(() => server.close());

/** Answers the n-th connection with the n-th body; later ones stay open and silent. Collects the resume points asked for. */
function serve(...bodies: (string | number)[]): (string | null)[] {
  const resumePoints: (string | null)[] = [];
  server.use(
    http.get(url, ({ request }) => {
      const body = bodies[resumePoints.length];
      resumePoints.push(request.headers.get("Last-Event-ID"));
      if (typeof body === "number") return HttpResponse.json({}, { status: body });
      const stream = new ReadableStream<Uint8Array>({
        start(controller) {
          if (body === undefined) return;
          for (const byte of new TextEncoder().encode(body)) controller.enqueue(Uint8Array.of(byte));
          controller.close();
        },
      });
      return new HttpResponse(stream, { headers: { "Content-Type": "text/event-stream" } });
    }),
  );
  return resumePoints;
}

function listen(change: { lastSeq?: number; timing?: typeof timing; restMs?: () => number } = {}) {
  const events: StreamEvent[] = [];
  const connections: Connection[] = [];
  const refused: number[] = [];
  const close = openEventStream({
    url,
    fetch: (input, init) => fetch(input, init),
    lastSeq: change.lastSeq ?? null,
    onEvent: (event) => events.push(event),
    onConnection: (connection) => connections.push(connection),
    onRefused: (status) => refused.push(status),
    restMs: change.restMs,
    timing: change.timing ?? timing,
  });
  closers.push(close);
  return { events, connections, refused, close };
}

const event = (id: number, type: string, data: object = {}) =>
  `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;

test("events arrive typed and numbered, also when every byte comes alone", async () => {
  serve(event(7, "message.created", { text: "naïve 👍" }));
  const { events } = listen();
  await vi.waitFor(() =>
    expect(events).toEqual([{ type: "message.created", seq: 7, data: { text: "naïve 👍" } }]),
  );
});

test("nothing that arrives while the page rests is lost", async () => {
  let readings = 0;
  serve([1, 2, 3, 4].map((id) => event(id, "lane.changed")).join(""));
  const { events, close } = listen({
    restMs: () => {
      readings += 1;
      return readings === 1 ? 1 : 0;
    },
  });
  await vi.waitFor(() => expect(events.map((one) => one.seq)).toEqual([1, 2, 3, 4]));
  close();
});

test("a rest ends with the stream, so that a closed page leaves no timer behind", async () => {
  serve(event(1, "lane.changed"));
  const { close } = listen({ restMs: () => 60_000 });
  const cleared = vi.spyOn(globalThis, "clearTimeout");
  const set = vi.spyOn(globalThis, "setTimeout");
  await vi.waitFor(() => expect(set.mock.calls.some(([, ms]) => ms === 60_000)).toBe(true));
  const at = set.mock.calls.findIndex(([, ms]) => ms === 60_000);
  close();
  expect(cleared).toHaveBeenCalledWith(set.mock.results[at]?.value);
});

test("a stream that ends cleanly is reopened behind the last durable event", async () => {
  const resumePoints = serve(
    event(7, "lane.changed") + 'event: reply.delta\ndata: {"text":"x"}\n\n',
    event(8, "lane.changed"),
  );
  const { events } = listen({ lastSeq: 6 });
  await vi.waitFor(() => expect(resumePoints.slice(0, 3)).toEqual(["6", "7", "8"]));
  expect(events.map((one) => one.seq)).toEqual([7, null, 8]);
});

test("a server that fails is asked again, and the page is told", async () => {
  serve(503, event(1, "lane.changed"));
  const { events, connections } = listen();
  await vi.waitFor(() => expect(events).toHaveLength(1));
  expect(connections.slice(0, 3)).toEqual(["connecting", "lost", "open"]);
});

test("an event that comes again after a resume is not delivered twice", async () => {
  serve(event(1, "lane.changed") + event(1, "lane.changed") + event(2, "lane.changed"));
  const { events } = listen();
  await vi.waitFor(() => expect(events.map((one) => one.seq)).toEqual([1, 2]));
});

test("a frame that is not JSON is skipped; those after it arrive", async () => {
  serve(`event: lane.changed\ndata: {oops\n\n${event(2, "lane.changed")}`);
  const { events } = listen();
  await vi.waitFor(() => expect(events.map((one) => one.seq)).toEqual([2]));
});

test("heartbeats keep the stream open and are not events", async () => {
  serve(`event: heartbeat\ndata: {}\n\n${event(1, "lane.changed")}`);
  const { events } = listen();
  await vi.waitFor(() => expect(events.map((one) => one.type)).toEqual(["lane.changed"]));
});

test.each([401, 403, 404])("a refusal (%i) is told once and not repeated", async (status) => {
  const resumePoints = serve(status);
  const { refused, connections } = listen();
  await vi.waitFor(() => expect(connections.at(-1)).toBe("stopped"));
  expect(refused).toEqual([status]);
  expect(resumePoints).toHaveLength(1);
});

test("a stream that says nothing for too long is reopened", async () => {
  const resumePoints = serve();
  listen({ timing: { ...timing, silenceMs: 20 } });
  await vi.waitFor(() => expect(resumePoints.length).toBeGreaterThan(1));
});

test("coming back online reopens at once instead of waiting", async () => {
  const resumePoints = serve(503, event(1, "lane.changed"));
  const { events, connections } = listen({
    timing: { firstRetryMs: 60_000, longestRetryMs: 60_000, silenceMs: 60_000 },
  });
  await vi.waitFor(() => expect(connections.at(-1)).toBe("lost"));
  window.dispatchEvent(new Event("online"));
  await vi.waitFor(() => expect(events).toHaveLength(1));
  expect(resumePoints).toHaveLength(2);
});

test("a closed stream delivers nothing more and does not come back", async () => {
  const resumePoints = serve();
  const { connections, close } = listen();
  await vi.waitFor(() => expect(connections.at(-1)).toBe("open"));
  close();
  window.dispatchEvent(new Event("online"));
  await Promise.resolve();
  expect(resumePoints).toHaveLength(1);
  expect(connections.at(-1)).toBe("open");
});

test("waits grow, stay below the limit, and are spread", () => {
  for (const attempt of [0, 3, 20]) {
    const wait = backOff(attempt, { firstRetryMs: 500, longestRetryMs: 15_000 });
    const whole = Math.min(15_000, 500 * 2 ** attempt);
    expect(wait).toBeGreaterThanOrEqual(whole / 2);
    expect(wait).toBeLessThanOrEqual(whole);
  }
});
