import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createMemoryRouter, RouterProvider } from "react-router";
import { beforeEach, expect, test, vi } from "vitest";
import { signedOut, useAccess } from "@/api/access";
import { configureClient } from "@/api/client";
import { client } from "@/api/generated/client.gen";
import { LoginPage } from "@/auth/LoginPage";
import { SecurityPage } from "./SecurityPage";

type Answer = { status?: number; body?: unknown };

const here = { id: "1", device: "Firefox 144 on Windows", address: "192.0.2.7", is_current: true };
const there = { id: "2", device: "Safari 26 on iOS", address: "192.0.2.8", is_current: false };
const at = { created_at: "2026-03-01T10:00:00Z", last_used_at: "2026-03-01T10:00:00Z" };

/** What the server was asked, and what it answers to each `METHOD path`. */
function server(answers: Record<string, Answer | (() => Answer)>) {
  const asked: { what: string; body: unknown }[] = [];
  vi.stubGlobal(
    "fetch",
    vi.fn(async (input: RequestInfo | URL, init?: RequestInit) => {
      const request = new Request(input, init);
      const what = `${request.method} ${new URL(request.url).pathname.replace("/api/v1", "")}`;
      const text = await request.text();
      asked.push({ what, body: text ? JSON.parse(text) : undefined });
      const found = answers[what];
      if (!found) throw new Error(`nobody answers ${what}`);
      const { status = 200, body } = typeof found === "function" ? found() : found;
      return new Response(body === undefined ? null : JSON.stringify(body), {
        status,
        headers: { "Content-Type": status < 400 ? "application/json" : "application/problem+json" },
      });
    }),
  );
  return asked;
}

function problem(status: number, code: string, detail: string): Answer {
  return { status, body: { type: "about:blank", title: "No", status, code, detail } };
}

function open(path: string) {
  const router = createMemoryRouter(
    [
      { path: "/", element: <h1>Inside</h1> },
      { path: "/login", element: <LoginPage /> },
      { path: "/account/security", element: <SecurityPage /> },
    ],
    { initialEntries: [path] },
  );
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  );
  return userEvent.setup();
}

/** As a password manager does: key by key takes long and shows nothing more. */
async function fill(user: ReturnType<typeof userEvent.setup>, field: HTMLElement, text: string) {
  await user.clear(field);
  await user.paste(text);
}

beforeEach(() => {
  configureClient();
  client.setConfig({ baseUrl: "http://localhost" });
  signedOut();
});

async function logIn(user: ReturnType<typeof userEvent.setup>) {
  await fill(user, screen.getByLabelText("E-mail"), "sam@msp.example");
  await fill(user, screen.getByLabelText("Password"), "correct horse battery");
  await user.click(screen.getByRole("button", { name: "Log in" }));
}

test("logging in with a second factor asks for the code and sends it with the password", async () => {
  const answers = [
    problem(401, "totp_required", "Enter the code."),
    problem(401, "code_invalid", "This code is wrong or was used already."),
    { body: { access_token: "t", token_type: "bearer", expires_at: "2026-03-01T10:15:00Z" } },
  ];
  const asked = server({ "POST /auth/login": () => answers.shift() ?? {} });
  const user = open("/login");
  await logIn(user);
  const code = await screen.findByRole("textbox", { name: /^Code/ });
  expect(screen.queryByRole("alert")).toBeNull();
  await fill(user, code, "000000");
  await user.keyboard("{Enter}");
  expect(await screen.findByRole("alert")).toHaveTextContent("This code is wrong or was used already.");
  await fill(user, code, " 123456 ");
  await user.keyboard("{Enter}");
  expect(await screen.findByRole("heading", { name: "Inside" })).toBeVisible();
  expect(useAccess.getState().token).toBe("t");
  expect(asked.map((one) => one.body)).toEqual([
    { email: "sam@msp.example", password: "correct horse battery" },
    { email: "sam@msp.example", password: "correct horse battery", code: "000000" },
    { email: "sam@msp.example", password: "correct horse battery", code: "123456" },
  ]);
});

test("from the code one gets back to logging in as somebody else, without the password", async () => {
  server({ "POST /auth/login": problem(401, "totp_required", "Enter the code.") });
  const user = open("/login");
  await logIn(user);
  await user.click(await screen.findByRole("button", { name: "Use another account" }));
  expect(screen.getByLabelText("Password")).toHaveValue("");
  expect(screen.getByRole("button", { name: "Log in" })).toBeVisible();
});

test("too many attempts are told with the time to wait", async () => {
  server({
    "POST /auth/login": problem(429, "rate_limited", "Too many attempts went wrong. Try again in 2 minutes."),
  });
  const user = open("/login");
  await logIn(user);
  expect(await screen.findByRole("alert")).toHaveTextContent("Try again in 2 minutes.");
});

test("the sign-ins are listed, and ending one takes it from the list", async () => {
  let rows = [here, there];
  const asked = server({
    "GET /auth/two-factor": { body: { enabled: false, recovery_codes_left: 0 } },
    "GET /auth/sessions": () => ({ body: { items: rows.map((row) => ({ ...row, ...at })) } }),
    "DELETE /auth/sessions/2": () => {
      rows = [here];
      return { status: 204 };
    },
  });
  const user = open("/account/security");
  const section = await screen.findByRole("region", { name: "Where you are signed in" });
  const mine = (await within(section).findByText("Firefox 144 on Windows")).closest("li");
  if (!mine) throw new Error("a sign-in is an item of the list");
  expect(within(mine).getByText("This one")).toBeVisible();
  expect(within(mine).queryByRole("button")).toBeNull();
  await user.click(within(section).getByRole("button", { name: "End the sign-in on Safari 26 on iOS" }));
  expect(await within(section).findByText("You are signed in nowhere else.")).toBeVisible();
  expect(within(section).queryByText("Safari 26 on iOS")).toBeNull();
  expect(within(section).queryByRole("button", { name: "Sign out everywhere else" })).toBeNull();
  expect(asked.filter((one) => one.what.startsWith("DELETE"))).toHaveLength(1);
});

test("two-factor authentication is set up with password, picture and code, and shows its codes until they are kept", async () => {
  let enabled = false;
  const codes = Array.from({ length: 10 }, (_, place) => `AAAA-BBBB-CCC${place}`);
  const asked = server({
    "GET /auth/two-factor": () => ({ body: { enabled, recovery_codes_left: enabled ? 10 : 0 } }),
    "GET /auth/sessions": { body: { items: [{ ...here, ...at }] } },
    "POST /auth/two-factor/enrol": {
      body: { secret: "JBSWY3DP", otpauth_url: "otpauth://totp/x", qr_svg: "<svg/>" },
    },
    "POST /auth/two-factor/confirm": () => {
      enabled = true;
      return { body: { recovery_codes: codes } };
    },
  });
  const user = open("/account/security");
  await user.click(await screen.findByRole("button", { name: "Set up" }));
  await fill(user, screen.getByLabelText("Your password"), "correct horse battery");
  await user.keyboard("{Enter}");
  expect(await screen.findByRole("img", { name: "QR code for the authenticator app" })).toBeVisible();
  expect(screen.getByLabelText("Key")).toHaveTextContent("JBSWY3DP");
  await fill(user, screen.getByLabelText("Code from the app"), "123456");
  await user.keyboard("{Enter}");
  const list = await screen.findByRole("list", { name: "Recovery codes" });
  expect(
    within(list)
      .getAllByRole("listitem")
      .map((item) => item.textContent),
  ).toEqual(codes);
  await user.click(screen.getByRole("button", { name: "I have kept them" }));
  expect(screen.queryByText(/AAAA-BBBB-CCC0/)).toBeNull();
  expect(await screen.findByText(/10 of 10 recovery codes left/)).toBeVisible();
  expect(asked.filter((one) => one.what.startsWith("POST")).map((one) => one.body)).toEqual([
    { password: "correct horse battery" },
    { code: "123456" },
  ]);
});

test("a wrong password while switching off is told where it was typed, and nothing changes", async () => {
  server({
    "GET /auth/two-factor": { body: { enabled: true, recovery_codes_left: 2 } },
    "GET /auth/sessions": { body: { items: [{ ...here, ...at }] } },
    "POST /auth/two-factor/disable": problem(403, "password_wrong", "This is not your password."),
  });
  const user = open("/account/security");
  expect(await screen.findByText(/Get new ones before they run out/)).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Switch off" }));
  await fill(user, screen.getByLabelText("Your password"), "nonsense");
  await fill(user, screen.getByRole("textbox", { name: /^Code/ }), "123456");
  await user.keyboard("{Enter}");
  expect(await screen.findByRole("alert")).toHaveTextContent("This is not your password.");
  expect(screen.getByLabelText("Your password")).toHaveValue("nonsense");
});
