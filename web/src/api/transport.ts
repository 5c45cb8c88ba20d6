import { accessToken } from "./access";
import { noteRefusal } from "./refusals";
import { refreshAccess, refreshPath } from "./refresh";

const withoutToken = [refreshPath, "/api/v1/auth/login", "/api/v1/auth/logout"];

/**
 * `fetch` with the access token. A 401 renews the token once and sends the request again; when the token cannot be renewed
 * the 401 is returned as it came and the router leads to the login page.
 */
export async function authorizedFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  if (withoutToken.includes(new URL(request.url).pathname)) return fetch(request);

  const again = request.clone();
  const sentToken = accessToken();
  const response = await fetch(withToken(request, sentToken));
  if (response.status === 409) void noteRefusal(again, response);
  if (response.status !== 401) return response;

  const renewedMeanwhile = accessToken() !== null && accessToken() !== sentToken;
  if (!renewedMeanwhile && (await refreshAccess()) !== "renewed") return response;
  return fetch(withToken(again, accessToken()));
}

function withToken(request: Request, token: string | null): Request {
  if (token) request.headers.set("Authorization", `Bearer ${token}`);
  return request;
}
