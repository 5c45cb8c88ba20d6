import { Check, Clock } from "lucide-react";
import { clockTime, timeAgo } from "@/shared/lib/time";
import { useNow } from "@/shared/lib/useNow";
import { ActionMenu } from "@/shared/ui/ActionMenu";
import { Button } from "@/shared/ui/Button";
import type { BannerOf } from "../model/banner";
import { BannerHead, BannerText } from "./BannerHead";
import { DidNotWork } from "./DidNotWork";
import { sending, type StateActions } from "./state";

/** The fix was run, and the pilot waits to hear how it went. There is no time limit. */
export function VerifyingState({ view, ...actions }: { view: BannerOf<"verifying"> } & StateActions) {
  const { run, running, openNote } = actions;
  const now = useNow();
  return (
    <BannerHead
      tone="warning"
      pulse
      icon={Clock}
      label="Verifying"
      chip={`Applied ${clockTime(view.appliedAt, now)} · ${timeAgo(view.appliedAt, now)}`}
      title={`Did “${view.title}” work?`}
      actions={
        <>
          <ActionMenu
            label="More outcomes"
            disabled={running !== null}
            items={[
              { label: "Partial…", run: () => openNote("applied_partial") },
              { label: "Dismiss", run: () => run({ kind: "outcome", outcome: "dismissed" }) },
            ]}
          />
          <DidNotWork {...actions} />
          <Button
            tone="success"
            onClick={() => run({ kind: "outcome", outcome: "applied_success" })}
            {...sending(running, "outcome", "applied_success")}
          >
            <Check aria-hidden className="size-3.5" />
            It worked
          </Button>
        </>
      }
    >
      <BannerText>
        Say how it went, so that the pilot can close with this as the resolution or propose something else.
      </BannerText>
    </BannerHead>
  );
}
