import { memo, useMemo, type ReactNode } from "react";
import type { FixResource, SessionDetail } from "@/api/generated";
import { classes } from "@/shared/lib/classes";
import { useFixCommand } from "../commands/fixes";
import { scriptPath, toBanner, type ScriptPath } from "../model/banner";
import { isReplacement } from "../model/replacedFixes";
import { useSurfaces } from "../surfaces";
import { useFixHistory } from "../useFixHistory";
import { Banner } from "./Banner";
import { RefusedCommand } from "./RefusedCommand";
import { useAnnounceBanner } from "./useAnnounceBanner";
import { useEntrance } from "./useEntrance";

interface Props {
  detail: SessionDetail;
  /** What offers the script of the fix: the template panel, the cards of a drafted script, or the builder. It docks below. */
  renderScript?: (fix: FixResource, path: ScriptPath) => ReactNode;
}

/** The place above the composer where the active fix docks. */
export const BannerDock = memo(function BannerDock({ detail, renderScript }: Props) {
  const { session, active_fix: fix } = detail;
  const view = useMemo(() => toBanner(fix, session.status), [fix, session.status]);
  const openNote = useSurfaces((surfaces) => surfaces.openNote);
  const commands = useFixCommand(session.id);
  const { history } = useFixHistory(session.id);
  const { leaving, motion, onLeft } = useEntrance(view);
  useAnnounceBanner(view);

  const shared = {
    sessionId: session.id,
    commands,
    onResolve: () => openNote("resolution_note"),
  };
  return (
    <div className="relative shrink-0 overflow-clip">
      {view && (
        <div
          key={view.fixId}
          className={classes("bg-page", motion === "slide" ? "animate-slide-up" : "animate-cross-in")}
        >
          <Banner view={view} replaces={isReplacement(history, view.fixId)} {...shared} />
          {fix && renderScript?.(fix, scriptPath(fix))}
        </div>
      )}
      {leaving && (
        <div
          key={`${leaving.fixId}-leaving`}
          aria-hidden
          inert
          onAnimationEnd={(event) => {
            if (event.target === event.currentTarget) onLeft();
          }}
          className="absolute inset-x-0 top-0 animate-cross-out bg-page"
        >
          <Banner view={leaving} replaces={false} {...shared} />
        </div>
      )}
      {commands.refused && (
        <RefusedCommand refused={commands.refused} shownFixId={view?.fixId} onClose={commands.forget} />
      )}
    </div>
  );
});
