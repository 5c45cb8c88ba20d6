import { Info } from "lucide-react";
import { Button } from "@/shared/ui/Button";
import type { BannerOf } from "../model/banner";
import { BannerHead } from "./BannerHead";
import { DidNotWork } from "./DidNotWork";
import { sending, type StateActions } from "./state";

interface Props extends StateActions {
  view: BannerOf<"partial">;
  /** The note stands in the field below, not here. */
  editing: boolean;
}

/** Done in part and parked, with the note that says what remains. */
export function PartialState({ view, editing, ...actions }: Props) {
  const { run, running, openNote } = actions;
  return (
    <BannerHead
      tone="info"
      icon={Info}
      label="Partially applied"
      chip="Parked"
      title={view.title}
      actions={
        <>
          <Button
            tone="ghost"
            onClick={() => openNote("applied_partial")}
            {...sending(running, "outcome", "applied_partial")}
          >
            Edit note
          </Button>
          <DidNotWork {...actions} />
          <Button className="bg-card" onClick={() => run({ kind: "finish" })} {...sending(running, "finish")}>
            Finish it
          </Button>
        </>
      }
    >
      {!editing && (
        <p className="mt-1.5 flex w-fit max-w-[640px] gap-2 rounded-control border border-info/30 bg-info/10 px-3 py-1.5">
          <span className="label-caps mt-0.5 text-info">Note</span>
          <span className="min-w-0 break-words whitespace-pre-line text-primary italic">{view.notes}</span>
        </p>
      )}
    </BannerHead>
  );
}
