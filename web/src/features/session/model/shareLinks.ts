import type { ShareLinkRow } from "@/api/generated";
import { clockTime } from "@/shared/lib/time";

/** How long a link can be open. */
export const lifetimes = [
  { hours: 24, label: "1 day" },
  { hours: 168, label: "7 days" },
  { hours: 720, label: "30 days" },
];

/** Whether a link opens anything, and until when. */
export function linkState(link: ShareLinkRow, now: Date): { open: boolean; words: string } {
  if (link.revoked_at) return { open: false, words: `Revoked ${clockTime(link.revoked_at, now)}` };
  const until = clockTime(link.expires_at, now);
  if (new Date(link.expires_at) <= now) return { open: false, words: `Ended ${until}` };
  return { open: true, words: `Open until ${until}` };
}
