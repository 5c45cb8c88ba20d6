/** The token of an invitation's link: it stands behind the #, which is sent to no server. */
export function inviteToken(hash: string): string | null {
  return new URLSearchParams(hash.replace(/^#/, "")).get("invite") || null;
}
