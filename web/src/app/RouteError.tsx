import { useEffect } from "react";
import { useRouteError } from "react-router";
import { asProblem } from "@/api/problem";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { isGoneChunk, reloadOnce } from "./chunkReload";

/** A page that could not be shown. A chunk that is gone after a deployment reloads the page once by itself. */
export function RouteError() {
  const error = useRouteError();
  const gone = isGoneChunk(error);
  useEffect(() => {
    if (gone) reloadOnce();
  }, [gone]);
  return (
    <main className="mx-auto flex min-h-full w-full max-w-lg flex-col justify-center gap-3 p-6">
      <h1 className="text-xl">This page could not be shown</h1>
      <ProblemNotice error={asProblem(error)} onRetry={() => window.location.reload()} retryLabel="Reload" />
    </main>
  );
}
