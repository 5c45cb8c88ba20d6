import { useEffect } from "react";
import { Navigate, Outlet, useLocation } from "react-router";
import { mayHaveRefreshCookie, signedOut, useAccess } from "@/api/access";
import { refreshAccess } from "@/api/refresh";
import { asProblem } from "@/api/problem";
import { persistOutbox, restoreOutbox } from "@/features/session/composer/outbox";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { Spinner } from "@/shared/ui/Spinner";
import { UserIdContext, useMe } from "./useMe";

/** Shows its routes to a signed-in engineer only; everybody else logs in first and comes back to the page asked for. */
export function RequireAuth() {
  const state = useAccess((access) => access.state);
  const location = useLocation();

  useEffect(() => {
    if (state !== "unknown") return undefined;
    if (!mayHaveRefreshCookie()) {
      signedOut();
      return undefined;
    }
    let timer: number | undefined;
    const attempt = async () => {
      // A server that is starting is asked again; the engineer is not sent to a login that would fail too.
      if ((await refreshAccess()) === "unreachable") timer = window.setTimeout(() => void attempt(), 1500);
    };
    void attempt();
    return () => window.clearTimeout(timer);
  }, [state]);

  if (state === "unknown") return <Waiting label="Signing in" />;
  if (state === "signedOut") {
    const target = location.pathname + location.search;
    return <Navigate replace to={target === "/" ? "/login" : `/login?next=${encodeURIComponent(target)}`} />;
  }
  return <SignedIn />;
}

function SignedIn() {
  const me = useMe();
  const userId = me.data?.id;
  useEffect(() => {
    if (!userId) return undefined;
    restoreOutbox(userId);
    return persistOutbox(userId);
  }, [userId]);

  if (userId) {
    return (
      <UserIdContext value={userId}>
        <Outlet />
      </UserIdContext>
    );
  }
  if (me.isError) {
    return (
      <main className="mx-auto flex min-h-full max-w-lg flex-col justify-center gap-3 p-6">
        <h1 className="text-xl">ResolutionFlow cannot be reached</h1>
        <ProblemNotice error={asProblem(me.error)} onRetry={() => void me.refetch()} busy={me.isFetching} />
      </main>
    );
  }
  return <Waiting label="Loading your account" />;
}

function Waiting({ label }: { label: string }) {
  return (
    <div role="status" aria-label={label} className="flex h-full items-center justify-center text-muted-fg">
      <Spinner className="size-6" />
    </div>
  );
}
