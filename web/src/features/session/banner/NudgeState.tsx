import { Info } from "lucide-react";
import { Button } from "@/shared/ui/Button";
import type { BannerOf } from "../model/banner";
import { DidNotWork } from "./DidNotWork";
import { sending, type StateActions } from "./state";

/** The conversation went on without an outcome: a thin reminder that never decides anything by itself. */
export function NudgeState({ view, ...actions }: { view: BannerOf<"nudge"> } & StateActions) {
  const { run, running } = actions;
  return (
    <div className="flex min-h-7 animate-fade flex-wrap items-center gap-x-2.5 gap-y-1 py-1 pl-5 pr-5 text-[13px] max-sm:px-4">
      <Info aria-hidden className="size-4 shrink-0 text-warning" />
      <h2 className="min-w-[180px] flex-1 font-sans text-[13px] font-normal break-words">
        Did <strong className="font-semibold">“{view.title}”</strong> work?
      </h2>
      <div className="ml-auto flex flex-wrap items-center justify-end gap-2 pointer-coarse:[&>button]:min-h-9">
        <Button
          tone="ghost"
          size="sm"
          onClick={() => run({ kind: "stillChecking" })}
          {...sending(running, "stillChecking")}
        >
          Still checking
        </Button>
        <DidNotWork {...actions} label="No" size="sm" />
        <Button
          tone="success"
          size="sm"
          onClick={() => run({ kind: "outcome", outcome: "applied_success" })}
          {...sending(running, "outcome", "applied_success")}
        >
          Yes
        </Button>
      </div>
    </div>
  );
}
