import { QueryClient } from "@tanstack/react-query";
import { asProblem, isRetryable } from "./problem";

/** Reads are repeated twice when that can help; what the server refused is shown at once. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) => failures < 2 && isRetryable(asProblem(error)),
      retryDelay: (attempt) => 400 * 2 ** attempt,
    },
    mutations: { retry: false },
  },
});
