import { ChevronDown } from "lucide-react";
import { memo, useId, useState } from "react";
import type { SessionDetail } from "@/api/generated";
import { useUserId } from "@/auth/useMe";
import { classes } from "@/shared/lib/classes";
import { safeStorage } from "@/shared/lib/safeStorage";
import { clockTime } from "@/shared/lib/time";
import { Markdown } from "@/shared/markdown/Markdown";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { usePickUp } from "../commands/endings";
import { PickUpButton } from "../header/PickUpButton";
import { opensByItself } from "../model/briefing";

/** What whoever picks the session up reads first: the package as it was confirmed, by whom and why. */
export const Briefing = memo(function Briefing({ detail }: { detail: SessionDetail }) {
  const { briefing, session } = detail;
  if (!briefing) return null;
  // Another escalation is another briefing: whether it is open is asked anew, and so it is after the pick-up.
  return <Open key={`${briefing.escalated_at}.${session.engineer_id}`} detail={detail} briefing={briefing} />;
});

interface Props {
  detail: SessionDetail;
  briefing: NonNullable<SessionDetail["briefing"]>;
}

function Open({ detail, briefing }: Props) {
  const { session } = detail;
  const me = useUserId();
  const key = `resolutionflow.briefing.${me}.${session.id}.${briefing.escalated_at}`;
  const [chosen, setChosen] = useState(() => safeStorage.get(key));
  const pickUp = usePickUp(session.id);
  const id = useId();
  const open = chosen ? chosen === "open" : opensByItself(session, me);

  function toggle() {
    const next = open ? "closed" : "open";
    setChosen(next);
    safeStorage.set(key, next);
  }

  return (
    <section
      aria-label="Briefing"
      className="flex max-h-[40vh] shrink-0 flex-col border-b border-line bg-elevated"
    >
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-5 py-2 max-sm:px-3">
        <button
          type="button"
          aria-expanded={open}
          aria-controls={id}
          onClick={toggle}
          className="flex min-w-0 flex-1 items-start gap-1.5 text-left text-[13px]"
        >
          <ChevronDown
            aria-hidden
            className={classes("mt-0.5 size-4 shrink-0 text-muted-fg", !open && "-rotate-90")}
          />
          <span className="min-w-0 break-words">
            <span className="font-medium text-heading">Briefing</span>{" "}
            <span className="text-muted-fg">
              escalated{briefing.escalated_by_name && ` by ${briefing.escalated_by_name}`},{" "}
              {clockTime(briefing.escalated_at)}
              {briefing.reason && ` · ${briefing.reason}`}
            </span>
          </span>
        </button>
        {session.status === "escalated" && <PickUpButton pickUp={pickUp} />}
      </div>
      {pickUp.isError && <ProblemNotice error={pickUp.error} className="mx-5 mb-2 max-sm:mx-3" />}
      <div
        id={id}
        hidden={!open}
        role="group"
        aria-label="Escalation package"
        // It scrolls, so the keyboard must get into it.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        className="min-h-0 overflow-y-auto px-5 pb-3 max-sm:px-3"
      >
        <Markdown text={briefing.markdown} />
      </div>
    </section>
  );
}
