import { lazy, Suspense, useEffect, useState } from "react";
import { roomForSessionList, useSessionsSheet } from "@/shared/lib/sessionsSheet";
import { useMediaQuery } from "@/shared/lib/useMediaQuery";
import { SessionList } from "./SessionList";

// Most pages have room for the column and never need the sheet.
const SessionsSheet = lazy(() => import("./SessionsSheet"));

/** The list of sessions: a column where there is room for one, else a sheet that the menu opens. */
export function SessionsPanel({ currentId }: { currentId: string }) {
  const room = useMediaQuery(roomForSessionList);
  const { open, hide } = useSessionsSheet();
  const [asked, setAsked] = useState(false);
  if (open && !asked) setAsked(true);
  // A sheet left open must not wait for the next narrow page.
  useEffect(() => hide, [hide]);

  if (room) {
    return (
      <div className="flex h-full w-[260px] shrink-0 border-r border-line">
        <SessionList currentId={currentId} />
      </div>
    );
  }
  return <Suspense>{asked && <SessionsSheet currentId={currentId} />}</Suspense>;
}
