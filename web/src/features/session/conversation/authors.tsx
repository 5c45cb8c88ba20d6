import { createContext, useContext, useMemo, type ReactNode } from "react";
import { useUserId } from "@/auth/useMe";
import { initials } from "@/shared/lib/initials";
import type { Person } from "../stream/liveStore";

/** Who wrote a message, as the conversation shows it. */
export interface Author {
  own: boolean;
  name: string;
  letters: string;
}

interface Authors {
  userId: string;
  names: Map<string, string>;
}

const AuthorsContext = createContext<Authors>({ userId: "", names: new Map() });

/** Knows the people of a session for every row below, so that no row is drawn again because of another's author. */
export function AuthorsProvider({
  people,
  earlier,
  children,
}: {
  people: Person[];
  /** Who wrote older messages that were loaded since. */
  earlier: Person[];
  children: ReactNode;
}) {
  const userId = useUserId();
  const authors = useMemo(
    () => ({
      userId,
      names: new Map([...earlier, ...people].map((person) => [person.user_id, person.name])),
    }),
    [userId, earlier, people],
  );
  return <AuthorsContext value={authors}>{children}</AuthorsContext>;
}

/** The author of an engineer's message; one nobody knows the name of is another engineer. */
export function useAuthor(authorId: string | null): Author {
  const { userId, names } = useContext(AuthorsContext);
  if (authorId === null || authorId === userId) return { own: true, name: "You", letters: "ME" };
  const name = names.get(authorId);
  return { own: false, name: name ?? "Another engineer", letters: (name && initials(name)) || "??" };
}
