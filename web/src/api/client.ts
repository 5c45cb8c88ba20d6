import { client } from "./generated/client.gen";
import { unreadable } from "./problem";
import { authorizedFetch } from "./transport";

/** Makes every generated call use our transport. Errors without a problem document become one. */
export function configureClient(): void {
  client.setConfig({ baseUrl: "", fetch: authorizedFetch, credentials: "same-origin" });
  client.interceptors.error.use((error, response) => {
    const document = typeof error === "object" && error !== null && "code" in error;
    if (document || !response) return error;
    return unreadable(response.status);
  });
}
