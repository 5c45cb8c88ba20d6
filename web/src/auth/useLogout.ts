import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { signedOut } from "@/api/access";
import { logout } from "@/api/generated";

/** Ends the session on the server, then forgets everything read with it. A server out of reach does not hold anyone back. */
export function useLogout(): () => void {
  const queries = useQueryClient();
  return useCallback(() => {
    void logout()
      .catch(() => undefined)
      .finally(() => {
        signedOut();
        queries.clear();
      });
  }, [queries]);
}
