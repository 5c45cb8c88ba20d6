import { ChevronRight, Sparkles } from "lucide-react";
import type { BannerOf } from "../model/banner";

/** The proposal in one line, so that the conversation has the room. */
export function CollapsedStrip({ view, onExpand }: { view: BannerOf<"proposed">; onExpand: () => void }) {
  return (
    <button
      type="button"
      onClick={onExpand}
      aria-expanded={false}
      className="flex h-7 w-full animate-fade items-center gap-2.5 pl-5 pr-4 text-left text-[13px] -outline-offset-2 hover:bg-proposal/10 pointer-coarse:h-9"
    >
      <Sparkles aria-hidden className="size-3.5 shrink-0 text-warning" />
      <span className="min-w-0 flex-1 truncate text-heading">{view.title}</span>
      <span className="label-caps shrink-0 rounded-full bg-proposal/16 px-2 py-0.5 text-warning">
        {view.confidence}%
      </span>
      <span className="flex shrink-0 items-center gap-0.5 text-muted-fg">
        <ChevronRight aria-hidden className="size-3.5" />
        expand
      </span>
    </button>
  );
}
