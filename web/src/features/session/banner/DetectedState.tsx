import { Sparkles, X } from "lucide-react";
import { Button } from "@/shared/ui/Button";
import { detectedTitle, type BannerOf } from "../model/banner";
import { BannerHead, BannerText } from "./BannerHead";
import { BasedOnMessage } from "./BasedOnMessage";
import { DidNotWork } from "./DidNotWork";
import { sending, type StateActions } from "./state";

interface Props extends StateActions {
  sessionId: string;
  view: BannerOf<"detected">;
}

const chips = { success: "Success", failure: "Didn't work", partial: "Partial" };

/** The pilot read an outcome from the conversation. It proposes; only a click records. */
export function DetectedState({ sessionId, view, ...actions }: Props) {
  const { run, running, resolve } = actions;
  const worked = { kind: "outcome", outcome: "applied_success" } as const;
  return (
    <BannerHead
      tone="accent"
      icon={Sparkles}
      label="Pilot detected outcome"
      chip={chips[view.outcome]}
      title={`${detectedTitle(view)} Confirm?`}
      actions={
        <>
          <Button tone="ghost" onClick={() => run({ kind: "notYet" })} {...sending(running, "notYet")}>
            Not yet
          </Button>
          {view.outcome === "success" ? (
            <>
              <DidNotWork {...actions} label="No, didn't work" />
              <Button
                tone="success"
                onClick={() => run(worked, resolve)}
                {...sending(running, "outcome", "applied_success")}
              >
                Confirm · Resolve
              </Button>
            </>
          ) : (
            <>
              <Button onClick={() => run(worked)} {...sending(running, "outcome", "applied_success")}>
                It worked
              </Button>
              <Preselected outcome={view.outcome} {...actions} />
            </>
          )}
        </>
      }
    >
      <BannerText>
        <BasedOnMessage sessionId={sessionId} messageId={view.messageId} />
        {view.reason ? `: “${view.reason}”` : "."}
      </BannerText>
      {view.outcome === "success" && (
        <BannerText>Confirming opens the note with this fix as the documented resolution.</BannerText>
      )}
    </BannerHead>
  );
}

/** Records what the pilot read, with the note as it stands in the field below. */
function Preselected({ outcome, ...actions }: { outcome: "failure" | "partial" } & StateActions) {
  const { running, noteFormId } = actions;
  if (outcome === "failure") {
    return (
      <Button
        type="submit"
        form={noteFormId}
        tone="danger"
        {...sending(running, "outcome", "applied_failed")}
      >
        <X aria-hidden className="size-3.5" />
        No, didn't work
      </Button>
    );
  }
  return (
    <>
      <DidNotWork {...actions} label="No, didn't work" />
      <Button
        type="submit"
        form={noteFormId}
        tone="accent"
        {...sending(running, "outcome", "applied_partial")}
      >
        Confirm · Partial
      </Button>
    </>
  );
}
