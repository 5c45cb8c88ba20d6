import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { signedIn, signedOut, useAccess } from "@/api/access";
import { configureClient } from "@/api/client";
import { client } from "@/api/generated/client.gen";
import { queryClient } from "@/api/queryClient";
import { sessionQuery } from "@/features/session/sessionQuery";
import { startAccount, startSession } from "./headStart";

const sessionId = "0b7f3a52-0000-4000-8000-000000000001";
const fetched = vi.fn<(path: string, token: string | null) => void>();
let answers: Record<string, () => Response>;

beforeEach(() => {
  answers = {
    "/api/v1/auth/refresh": () => Response.json({ access_token: "fresh" }),
    "/api/v1/auth/me": () => Response.json({ id: "engineer" }),
    [`/api/v1/ai-sessions/${sessionId}`]: () => Response.json({ session: { id: sessionId } }),
  };
  vi.stubGlobal("fetch", (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(
      input instanceof Request ? input : new URL(String(input), location.origin),
      init,
    );
    const path = new URL(request.url).pathname;
    fetched(path, request.headers.get("Authorization"));
    return Promise.resolve(answers[path]?.() ?? new Response(null, { status: 404 }));
  });
  configureClient();
  client.setConfig({ baseUrl: location.origin });
});

afterEach(() => {
  vi.unstubAllGlobals();
  fetched.mockClear();
  queryClient.clear();
  signedOut();
});

/** As a page is when it has just been loaded by somebody who signed in earlier. */
function loadedBySomebodyWhoSignedIn() {
  signedIn("old");
  useAccess.setState({ state: "unknown", token: null });
}

function start(id: string = sessionId) {
  startAccount();
  startSession({ params: { sessionId: id } } as unknown as Parameters<typeof startSession>[0]);
}

test("the account and the session are asked for with one new token, before anything is drawn", async () => {
  loadedBySomebodyWhoSignedIn();
  start();
  await vi.waitFor(() => expect(queryClient.getQueryData(sessionQuery(sessionId).queryKey)).toBeDefined());
  expect(fetched.mock.calls.filter(([path]) => path.endsWith("/refresh"))).toHaveLength(1);
  const others = fetched.mock.calls.filter(([path]) => !path.endsWith("/refresh"));
  expect(others.map(([path]) => path).toSorted()).toEqual([
    `/api/v1/ai-sessions/${sessionId}`,
    "/api/v1/auth/me",
  ]);
  expect(new Set(others.map(([, token]) => token))).toEqual(new Set(["Bearer fresh"]));
});

test("nothing is asked of a server for somebody who never signed in", async () => {
  signedOut();
  useAccess.setState({ state: "unknown", token: null });
  start();
  await Promise.resolve();
  expect(fetched).not.toHaveBeenCalled();
});

test("nothing but the token is asked for by somebody whose sign-in has ended", async () => {
  answers["/api/v1/auth/refresh"] = () => new Response(null, { status: 401 });
  loadedBySomebodyWhoSignedIn();
  start();
  await vi.waitFor(() => expect(useAccess.getState().state).toBe("signedOut"));
  expect(fetched.mock.calls.map(([path]) => path)).toEqual(["/api/v1/auth/refresh"]);
});

test("a session that is opened later is asked for at once", async () => {
  signedIn("held");
  start();
  await vi.waitFor(() => expect(queryClient.getQueryData(sessionQuery(sessionId).queryKey)).toBeDefined());
  expect(fetched.mock.calls.some(([path]) => path.endsWith("/refresh"))).toBe(false);
});
