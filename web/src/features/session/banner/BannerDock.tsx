import type { SessionDetail } from "@/api/generated";
import { toBanner } from "../model/banner";
import { useSurfaces } from "../surfaces";
import { Banner } from "./Banner";

/** The place above the composer where the active fix docks. */
export function BannerDock({ detail }: { detail: SessionDetail }) {
  const { session } = detail;
  const openNote = useSurfaces((surfaces) => surfaces.openNote);
  const view = toBanner(detail.active_fix, session.status);
  if (!view) return null;
  return (
    <Banner
      key={`${view.fixId}-${view.kind}`}
      sessionId={session.id}
      view={view}
      onResolve={() => openNote("resolution_note")}
    />
  );
}
