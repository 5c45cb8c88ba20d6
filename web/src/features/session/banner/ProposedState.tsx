import { Check, ChevronDown, ChevronRight, Sparkles } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Button, IconButton } from "@/shared/ui/Button";
import type { BannerOf } from "../model/banner";
import { BannerHead, BannerText } from "./BannerHead";
import { CollapsedStrip } from "./CollapsedStrip";
import { sending, type StateActions } from "./state";

const idleMs = 30_000;

interface Props extends StateActions {
  view: BannerOf<"proposed">;
  /** It took the place of another proposal. */
  replaces: boolean;
}

/** A proposal nobody has acted on. After half a minute without a touch it makes room, as a strip that opens again. */
export function ProposedState({ view, replaces, run, running }: Props) {
  const [collapsed, setCollapsed] = useState(false);
  const [touches, setTouches] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  /** The engineer folded or unfolded it, so the focus goes along. */
  const byHand = useRef(false);

  useEffect(() => {
    if (collapsed || running) return undefined;
    const timer = window.setTimeout(() => {
      // Whoever is in it with the keyboard is not idle; the next key or the way out starts the time again.
      if (!box.current?.contains(document.activeElement)) setCollapsed(true);
    }, idleMs);
    return () => window.clearTimeout(timer);
  }, [collapsed, running, touches]);

  useEffect(() => {
    if (byHand.current) box.current?.querySelector<HTMLElement>("[aria-expanded]")?.focus();
    byHand.current = false;
  }, [collapsed]);

  function fold(next: boolean) {
    byHand.current = true;
    setCollapsed(next);
  }

  const touched = () => setTouches((count) => count + 1);
  return (
    // Only notices that somebody is here; what can be done is in the buttons inside.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div ref={box} onPointerMove={touched} onKeyDown={touched} onFocus={touched} onBlur={touched}>
      {collapsed ? (
        <CollapsedStrip view={view} onExpand={() => fold(false)} />
      ) : (
        <BannerHead
          tone="warning"
          icon={Sparkles}
          label={replaces ? "New suggested fix" : "Suggested fix"}
          chip={`${view.confidence}% confidence`}
          title={view.title}
          actions={
            <>
              <IconButton label="Collapse the proposal" aria-expanded onClick={() => fold(true)}>
                <ChevronDown aria-hidden className="size-4" />
              </IconButton>
              <Button
                tone="ghost"
                onClick={() => run({ kind: "outcome", outcome: "dismissed" })}
                {...sending(running, "outcome", "dismissed")}
              >
                Dismiss
              </Button>
              <Button
                tone="proposal"
                className="font-semibold"
                onClick={() => run({ kind: "apply" })}
                {...sending(running, "apply")}
              >
                Apply fix
                <ChevronRight aria-hidden className="size-3.5" />
              </Button>
            </>
          }
        >
          <BannerText>{view.description}</BannerText>
          {view.matchesTemplate && (
            <p className="mt-1 flex items-center gap-1.5 text-[12.5px] text-success">
              <Check aria-hidden className="size-3.5" />
              Matches a library template
            </p>
          )}
        </BannerHead>
      )}
    </div>
  );
}
