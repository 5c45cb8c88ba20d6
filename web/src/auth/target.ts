/** The page asked for before login, when it is a path of this application; else the dashboard. */
export function safeTarget(next: string | null): string {
  return next && /^\/(?![/\\])/.test(next) && !next.startsWith("/login") ? next : "/";
}
