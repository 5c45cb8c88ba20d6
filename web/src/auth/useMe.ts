import { useQuery } from "@tanstack/react-query";
import { createContext, useContext } from "react";
import { meOptions } from "@/api/generated/@tanstack/react-query.gen";

export function meQuery() {
  return { ...meOptions(), staleTime: 5 * 60_000 };
}

export function useMe() {
  return useQuery(meQuery());
}

/** Given by `RequireAuth`, which waits until it is known. An id never changes, so that nobody needs to watch the query for it. */
export const UserIdContext = createContext("");

/** The id of the engineer at the keyboard. */
export function useUserId(): string {
  return useContext(UserIdContext);
}
