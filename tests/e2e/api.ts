import type { APIRequestContext } from "@playwright/test";
import { environment } from "./environment";

/** The API past the page: what another engineer, tab or client does meanwhile. */
export class Api {
  private constructor(
    private readonly request: APIRequestContext,
    private readonly token: string,
  ) {}

  /** `request` keeps cookies: give one that no page shares. */
  static async as(request: APIRequestContext, email: string): Promise<Api> {
    const response = await request.post(`${environment.baseUrl}/api/v1/auth/login`, {
      data: { email, password: environment.password },
    });
    if (!response.ok()) throw new Error(`Logging in answered ${response.status()}: ${await response.text()}`);
    return new Api(request, ((await response.json()) as { access_token: string }).access_token);
  }

  get<T>(path: string): Promise<T> {
    return this.call("GET", path);
  }

  post<T>(path: string, body: unknown = {}): Promise<T> {
    return this.call("POST", path, body);
  }

  private async call<T>(method: string, path: string, data?: unknown): Promise<T> {
    const response = await this.request.fetch(`${environment.baseUrl}/api/v1${path}`, {
      method,
      data,
      headers: { Authorization: `Bearer ${this.token}`, "Idempotency-Key": crypto.randomUUID() },
    });
    if (!response.ok())
      throw new Error(`${method} ${path} answered ${response.status()}: ${await response.text()}`);
    return (await response.json()) as T;
  }
}
