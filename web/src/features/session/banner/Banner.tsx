import { Check, CircleCheck, Clock, Ellipsis, Info, Sparkles, X } from "lucide-react";
import { Menu } from "@base-ui/react/menu";
import { useState } from "react";
import { clockTime, timeAgo } from "@/shared/lib/time";
import { useNow } from "@/shared/lib/useNow";
import { Button, IconButton } from "@/shared/ui/Button";
import { MenuItem, MenuPopup } from "@/shared/ui/Menu";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import type { FixOutcome } from "@/api/generated";
import { useApplyFix, useFixOutcome } from "../commands/fixes";
import type { BannerView } from "../model/banner";
import { BannerFrame } from "./BannerFrame";
import { OutcomeNote } from "./OutcomeNote";
import { ProposedBanner } from "./ProposedBanner";

interface Props {
  sessionId: string;
  view: BannerView;
  onResolve: () => void;
}

type NoteFor = "applied_failed" | "applied_partial";

/** The proposal, docked above the composer, from the first word of it to its outcome. */
export function Banner({ sessionId, view, onResolve }: Props) {
  const apply = useApplyFix(sessionId);
  const outcome = useFixOutcome(sessionId);
  const [noteFor, setNoteFor] = useState<NoteFor | null>(null);
  const now = useNow();

  function record(to: FixOutcome, notes?: string, after?: () => void) {
    outcome.mutate(
      { fixId: view.fixId, outcome: to, notes },
      {
        onSuccess: () => {
          setNoteFor(null);
          after?.();
        },
      },
    );
  }

  const busy = outcome.isPending ? outcome.variables.outcome : null;
  const error = apply.error ?? outcome.error;
  const failed = (
    <Button
      tone="dangerOutline"
      onClick={() => setNoteFor("applied_failed")}
      busy={busy === "applied_failed"}
    >
      <X aria-hidden className="size-3.5" />
      {view.kind === "detected" ? "No, didn't work" : "Didn't work"}
    </Button>
  );
  const below = (
    <>
      {noteFor && (
        <OutcomeNote
          key={`${view.fixId}-${noteFor}`}
          required={noteFor === "applied_partial"}
          initial={noteFor === "applied_partial" && view.kind === "partial" ? view.notes : ""}
          label={
            noteFor === "applied_partial"
              ? "What was done, and what remains?"
              : "What did you see? (optional)"
          }
          busy={busy === noteFor}
          onSave={(notes) => record(noteFor, notes)}
          onCancel={() => setNoteFor(null)}
        />
      )}
      {error && <ProblemNotice error={error} className="mt-2" />}
    </>
  );

  switch (view.kind) {
    case "proposed":
      return (
        <ProposedBanner
          view={view}
          applying={apply.isPending}
          dismissing={busy === "dismissed"}
          onApply={() => apply.mutate(view.fixId)}
          onDismiss={() => record("dismissed")}
        >
          {below}
        </ProposedBanner>
      );
    case "verifying":
      return (
        <BannerFrame
          tone="warning"
          pulse
          icon={Clock}
          label="Verifying"
          chip={`Applied ${clockTime(view.appliedAt)} · ${timeAgo(view.appliedAt, now)}`}
          title={`Did “${view.title}” work?`}
          text="Say how it went, so that the pilot can close with this as the resolution or propose something else."
          actions={
            <>
              <Menu.Root>
                <Menu.Trigger render={<IconButton label="More outcomes" />}>
                  <Ellipsis aria-hidden className="size-4" />
                </Menu.Trigger>
                <MenuPopup>
                  <MenuItem onClick={() => setNoteFor("applied_partial")}>Partly done…</MenuItem>
                  <MenuItem onClick={() => record("dismissed")}>Dismiss the proposal</MenuItem>
                </MenuPopup>
              </Menu.Root>
              {failed}
              <Button
                tone="success"
                onClick={() => record("applied_success")}
                busy={busy === "applied_success"}
              >
                <Check aria-hidden className="size-3.5" />
                It worked
              </Button>
            </>
          }
        >
          {below}
        </BannerFrame>
      );
    case "partial":
      return (
        <BannerFrame
          tone="info"
          icon={Info}
          label="Partially applied"
          chip="Parked"
          title={view.title}
          actions={
            <>
              <Button tone="ghost" onClick={() => setNoteFor("applied_partial")}>
                Edit note
              </Button>
              {failed}
              <Button
                tone="success"
                onClick={() => record("applied_success")}
                busy={busy === "applied_success"}
              >
                <Check aria-hidden className="size-3.5" />
                It worked
              </Button>
            </>
          }
        >
          {noteFor !== "applied_partial" && (
            <p className="mt-2 flex max-w-[640px] gap-2 rounded-control border border-info/30 bg-info/10 px-3 py-1.5 text-[13px]">
              <span className="label-caps mt-0.5 text-info">Note</span>
              <span className="min-w-0 break-words italic">{view.notes}</span>
            </p>
          )}
          {below}
        </BannerFrame>
      );
    case "detected":
      return (
        <BannerFrame
          tone="accent"
          icon={Sparkles}
          label="Pilot detected outcome"
          chip={{ success: "Success", failure: "Didn't work", partial: "Partly done" }[view.outcome]}
          title={
            {
              success: `“${view.title}” seems to have worked. Confirm?`,
              failure: `“${view.title}” seems not to have worked. Confirm?`,
              partial: `“${view.title}” seems to be done in part. Confirm?`,
            }[view.outcome]
          }
          text={view.reason}
          actions={
            <>
              {failed}
              {view.outcome === "partial" && (
                <Button onClick={() => setNoteFor("applied_partial")} busy={busy === "applied_partial"}>
                  Partly done…
                </Button>
              )}
              <Button
                tone="success"
                onClick={() => record("applied_success", undefined, onResolve)}
                busy={busy === "applied_success"}
              >
                {view.outcome === "success" ? "Confirm · Resolve" : "It worked"}
              </Button>
            </>
          }
        >
          {below}
        </BannerFrame>
      );
    case "worked":
      return (
        <BannerFrame
          tone="success"
          icon={CircleCheck}
          label="It worked"
          chip={view.verifiedAt ? `Confirmed ${clockTime(view.verifiedAt)}` : null}
          title={view.title}
          actions={
            <Button tone="success" onClick={onResolve}>
              Preview the note
            </Button>
          }
        >
          {error && <ProblemNotice error={error} className="mt-2" />}
        </BannerFrame>
      );
    default:
      return null;
  }
}
