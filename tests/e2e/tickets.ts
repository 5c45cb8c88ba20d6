import type { APIRequestContext, Page } from "@playwright/test";
import { environment } from "./environment";
import { expect } from "./fixtures";
import { SessionView } from "./session";

interface Ticket {
  id: string;
  summary: string;
  is_closed: boolean;
}

/** The API as the engineer of the tests may use it, past the page. */
export class Api {
  private constructor(
    private readonly request: APIRequestContext,
    private readonly headers: Record<string, string>,
  ) {}

  static async signIn(request: APIRequestContext, email = environment.email): Promise<Api> {
    const login = await request.post(`${environment.baseUrl}/api/v1/auth/login`, {
      data: { email, password: environment.password },
    });
    return new Api(request, { Authorization: `Bearer ${(await login.json()).access_token}` });
  }

  async get<T>(path: string): Promise<T> {
    const response = await this.request.get(`${environment.baseUrl}/api/v1${path}`, {
      headers: this.headers,
    });
    if (!response.ok()) throw new Error(`${response.status()} for ${path}: ${await response.text()}`);
    return (await response.json()) as T;
  }

  async post<T>(path: string, data: unknown): Promise<T> {
    const response = await this.request.post(`${environment.baseUrl}/api/v1${path}`, {
      headers: this.headers,
      data,
    });
    if (!response.ok()) throw new Error(`${response.status()} for ${path}: ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** One of the open tickets that are nobody's, another one each time: many tests end theirs, and the queue keeps its own. */
  async openTicket(): Promise<Ticket> {
    const found = await this.get<{ tickets: Ticket[] }>(
      "/integrations/psa/tickets/search?unassigned=true&page_size=100",
    );
    const ticket = found.tickets[Math.floor(Math.random() * found.tickets.length)];
    if (!ticket) throw new Error("The simulator has no open ticket left.");
    return ticket;
  }
}

/** A session on a ticket of its own, open on the page, with the pilot's first answer. */
export async function sessionOnTicket(
  page: Page,
  api: Api,
): Promise<{ view: SessionView; ticketId: string }> {
  const ticket = await api.openTicket();
  const started = await api.post<{ id?: string; session?: { id: string } }>("/ai-sessions", {
    psa_ticket_id: ticket.id,
  });
  return { view: await openSession(page, started.session?.id ?? started.id ?? ""), ticketId: ticket.id };
}

/** A session from a text, open on the page, with the pilot's first answer. */
export async function sessionFromText(page: Page, api: Api, text: string): Promise<SessionView> {
  const started = await api.post<{ id?: string; session?: { id: string } }>("/ai-sessions", { text });
  return openSession(page, started.session?.id ?? started.id ?? "");
}

async function openSession(page: Page, id: string): Promise<SessionView> {
  await page.goto(`/pilot/${id}`);
  const view = new SessionView(page);
  await expect(page.getByRole("log").getByText("Pilot:").first()).toBeVisible();
  await expect(page.getByRole("button", { name: "Stop the reply" })).toHaveCount(0);
  return view;
}

/** Picks from the menu of the header. */
export async function chooseMore(page: Page, item: RegExp): Promise<void> {
  await page.getByRole("main").getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: item }).click();
}

export async function openPackage(view: SessionView) {
  const { page } = view;
  await page.getByRole("main").getByRole("button", { name: "Escalate", exact: true }).click();
  const panel = page.getByRole("dialog", { name: "Escalation package" });
  await expect(panel.getByRole("heading", { name: "Problem", exact: true })).toBeVisible();
  return panel;
}
