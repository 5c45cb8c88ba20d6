import type { LoaderFunctionArgs } from "react-router";
import { mayHaveRefreshCookie, useAccess } from "@/api/access";
import { queryClient } from "@/api/queryClient";
import { refreshAccess } from "@/api/refresh";
import { meQuery } from "@/auth/useMe";
import { sessionQuery } from "@/features/session/sessionQuery";

/*
 * What a page needs from the server is asked for when its address is known: the answers come while the code of the page is
 * loaded and drawn. Nothing waits for them here, and whatever fails is asked for again, and told, by the page itself.
 */

export function startAccount(): null {
  void onceSignedIn(() => queryClient.prefetchQuery(meQuery()));
  return null;
}

export function startSession({ params }: LoaderFunctionArgs): null {
  const { sessionId } = params;
  if (sessionId) void onceSignedIn(() => queryClient.prefetchQuery(sessionQuery(sessionId)));
  return null;
}

/** Does nothing when somebody has to log in first or the server cannot be reached. */
async function onceSignedIn(ask: () => Promise<void>): Promise<void> {
  if (useAccess.getState().state === "unknown" && mayHaveRefreshCookie()) await refreshAccess();
  if (useAccess.getState().state === "signedIn") await ask();
}
