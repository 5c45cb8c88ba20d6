import { useQueryClient } from "@tanstack/react-query";
import { signedOut } from "@/api/access";
import { logout } from "@/api/generated";

/** Ends the session on the server, then forgets everything read with it. A server out of reach does not hold anyone back. */
export function useLogout(): () => void {
  const queries = useQueryClient();
  return () => {
    void logout()
      .catch(() => undefined)
      .finally(() => {
        signedOut();
        queries.clear();
      });
  };
}
