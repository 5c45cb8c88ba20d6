import { useQuery } from "@tanstack/react-query";
import { meOptions } from "@/api/generated/@tanstack/react-query.gen";

export function useMe() {
  return useQuery({ ...meOptions(), staleTime: 5 * 60_000 });
}

/** The id of the engineer at the keyboard. Only below `RequireAuth`, which waits until it is known. */
export function useUserId(): string {
  return useMe().data?.id ?? "";
}
