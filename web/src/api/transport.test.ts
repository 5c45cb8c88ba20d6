import { http, HttpResponse } from "msw";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { signedIn, useAccess } from "./access";
import { authorizedFetch } from "./transport";

const server = setupServer();
const origin = window.location.origin;
let valid = "fresh";
let refreshes = 0;

const resource = http.all(`${origin}/api/v1/thing`, async ({ request }) =>
  request.headers.get("Authorization") === `Bearer ${valid}`
    ? HttpResponse.json({ body: await request.text() })
    : HttpResponse.json({ code: "token_expired" }, { status: 401 }),
);
const refresh = (status: number) =>
  http.post(`${origin}/api/v1/auth/refresh`, () => {
    refreshes += 1;
    return status === 200 ? HttpResponse.json({ access_token: valid }) : HttpResponse.json({}, { status });
  });

beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
afterEach(() => server.resetHandlers());
afterAll(() => server.close());
beforeEach(() => {
  refreshes = 0;
  valid = "fresh";
  signedIn("stale");
});

test("an expired token is renewed once and the request goes on, with its body", async () => {
  server.use(resource, refresh(200));
  const response = await authorizedFetch(`${origin}/api/v1/thing`, { method: "POST", body: "hello" });
  expect(await response.json()).toEqual({ body: "hello" });
  expect(refreshes).toBe(1);
});

test("requests that fail together share one renewal", async () => {
  server.use(resource, refresh(200));
  const responses = await Promise.all([1, 2, 3].map(() => authorizedFetch(`${origin}/api/v1/thing`)));
  expect(responses.map((response) => response.status)).toEqual([200, 200, 200]);
  expect(refreshes).toBe(1);
});

test("a sign-in that has ended leads to the login page", async () => {
  server.use(resource, refresh(401));
  const response = await authorizedFetch(`${origin}/api/v1/thing`);
  expect(response.status).toBe(401);
  expect(useAccess.getState().state).toBe("signedOut");
});

test("a server that is away while renewing does not sign anyone out", async () => {
  server.use(resource, refresh(503));
  await authorizedFetch(`${origin}/api/v1/thing`);
  expect(useAccess.getState().state).toBe("signedIn");
});

test("a 401 after a renewal is not renewed again and again", async () => {
  server.use(
    http.all(`${origin}/api/v1/thing`, () => HttpResponse.json({}, { status: 401 })),
    refresh(200),
  );
  expect((await authorizedFetch(`${origin}/api/v1/thing`)).status).toBe(401);
  expect(refreshes).toBe(1);
});
