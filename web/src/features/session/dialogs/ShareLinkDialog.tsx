import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import type { ShareLinkRow } from "@/api/generated";
import { listShareLinksOptions } from "@/api/generated/@tanstack/react-query.gen";
import { clockTime } from "@/shared/lib/time";
import { useNow } from "@/shared/lib/useNow";
import { Button } from "@/shared/ui/Button";
import { CopyButton } from "@/shared/ui/CopyButton";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { SkeletonRows } from "@/shared/ui/Skeleton";
import { useCreateShareLink, useRevokeShareLink } from "../commands/sharing";
import { lifetimes, linkState } from "../model/shareLinks";
import { FloatingPanel } from "./FloatingPanel";
import type { DialogProps } from "./SessionDialogs";

/** Read-only links: make one, copy it, see which are open, revoke them. */
export function ShareLinkDialog({ detail, anchor, onClose }: DialogProps) {
  const sessionId = detail.session.id;
  const [hours, setHours] = useState(168);
  const create = useCreateShareLink(sessionId);
  const id = useId();

  return (
    <FloatingPanel
      title="Share link"
      subtitle="Whoever has the link can read the session without signing in, and change nothing. Secrets and internals are left out."
      anchor={anchor}
      onClose={onClose}
    >
      <div className="flex flex-wrap items-center gap-2">
        <label htmlFor={id} className="text-[13px] text-muted-fg">
          Open for
        </label>
        <select
          id={id}
          value={hours}
          onChange={(event) => setHours(Number(event.target.value))}
          className="h-9 rounded-control border border-line-hover bg-page px-2"
        >
          {lifetimes.map((lifetime) => (
            <option key={lifetime.hours} value={lifetime.hours}>
              {lifetime.label}
            </option>
          ))}
        </select>
        <Button tone="accent" busy={create.isPending} onClick={() => create.mutate(hours)}>
          Make a link
        </Button>
      </div>
      {create.isError && <ProblemNotice error={create.error} />}
      {create.data && (
        <div role="status" className="flex flex-col gap-1">
          <p className="text-[12.5px] text-muted-fg">
            The address is shown only now. Copy it before you close this.
          </p>
          <div className="flex items-center gap-1">
            <input
              readOnly
              value={create.data.url}
              aria-label="Address of the link"
              onFocus={(event) => event.target.select()}
              className="h-9 min-w-0 flex-1 rounded-control border border-line-hover bg-page px-2.5 font-mono text-[12px]"
            />
            <CopyButton text={create.data.url} label="Copy the link" />
          </div>
        </div>
      )}
      <Links sessionId={sessionId} />
    </FloatingPanel>
  );
}

function Links({ sessionId }: { sessionId: string }) {
  const links = useQuery({
    ...listShareLinksOptions({ path: { session_id: sessionId } }),
    staleTime: 0,
  });
  const revoke = useRevokeShareLink(sessionId);
  const now = useNow(60_000);
  if (links.isError) {
    return <ProblemNotice error={links.error} onRetry={() => void links.refetch()} busy={links.isFetching} />;
  }
  if (links.isPending) return <SkeletonRows rows={1} label="Loading the links" className="h-10" />;
  if (links.data.items.length === 0) return <p className="text-muted-fg">No link was made yet.</p>;
  return (
    <>
      {revoke.isError && <ProblemNotice error={revoke.error} />}
      <ul aria-label="Links" className="flex flex-col divide-y divide-line border-t border-line">
        {links.data.items.map((link) => (
          <LinkRow
            key={link.id}
            link={link}
            now={now}
            revoking={revoke.isPending && revoke.variables === link.id}
            onRevoke={() => revoke.mutate(link.id)}
          />
        ))}
      </ul>
    </>
  );
}

interface RowProps {
  link: ShareLinkRow;
  now: Date;
  revoking: boolean;
  onRevoke: () => void;
}

function LinkRow({ link, now, revoking, onRevoke }: RowProps) {
  const { open, words } = linkState(link, now);
  return (
    <li className="flex items-center gap-3 py-2">
      <div className="min-w-0 flex-1 text-[12.5px] break-words">
        <p className={open ? "text-primary" : "text-muted-fg"}>{words}</p>
        <p className="text-muted-fg">
          Made by {link.created_by_name}, {clockTime(link.created_at, now)}
          {link.last_viewed_at ? ` · last read ${clockTime(link.last_viewed_at, now)}` : " · not read yet"}
        </p>
      </div>
      {open && (
        <Button size="sm" tone="dangerOutline" busy={revoking} onClick={onRevoke}>
          Revoke
        </Button>
      )}
    </li>
  );
}
