import { Check, ChevronDown, ChevronRight, Sparkles } from "lucide-react";
import { useEffect, useState, type ReactNode } from "react";
import { Button, IconButton } from "@/shared/ui/Button";
import type { BannerView } from "../model/banner";
import { BannerFrame } from "./BannerFrame";

const idleMs = 30_000;

interface Props {
  view: Extract<BannerView, { kind: "proposed" }>;
  applying: boolean;
  dismissing: boolean;
  onApply: () => void;
  onDismiss: () => void;
  children: ReactNode;
}

/** A proposal nobody has acted on. After half a minute without a touch it makes room, as a strip that opens again. */
export function ProposedBanner({ view, applying, dismissing, onApply, onDismiss, children }: Props) {
  const [collapsed, setCollapsed] = useState(false);
  const [touches, setTouches] = useState(0);

  useEffect(() => {
    if (collapsed || applying || dismissing) return undefined;
    const timer = window.setTimeout(() => setCollapsed(true), idleMs);
    return () => window.clearTimeout(timer);
  }, [collapsed, applying, dismissing, touches]);

  if (collapsed) {
    return (
      <button
        type="button"
        onClick={() => setCollapsed(false)}
        aria-expanded={false}
        className="relative flex min-h-7 w-full shrink-0 items-center gap-2.5 border-t border-line bg-warning/10 py-1 pl-5 pr-4 text-left text-[13px] hover:bg-warning/16"
      >
        <span aria-hidden className="absolute inset-y-0 left-0 w-[3px] bg-warning" />
        <Sparkles aria-hidden className="size-3.5 shrink-0 text-warning" />
        <span className="min-w-0 flex-1 truncate text-heading">{view.title}</span>
        <span className="label-caps rounded-full bg-warning/16 px-2 text-warning">{view.confidence}%</span>
        <span className="text-muted-fg">Expand</span>
      </button>
    );
  }

  return (
    // Only notices that somebody is here; what can be done is in the buttons inside.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      className="shrink-0"
      onPointerMove={() => setTouches(Date.now())}
      onKeyDown={() => setTouches(Date.now())}
    >
      <BannerFrame
        tone="warning"
        icon={Sparkles}
        label="Suggested fix"
        chip={`${view.confidence}% confidence`}
        title={view.title}
        text={view.description}
        footnote={
          view.matchesTemplate && (
            <p className="mt-1 flex items-center gap-1.5 text-[12.5px] text-success">
              <Check aria-hidden className="size-3.5" />
              Matches a library template
            </p>
          )
        }
        actions={
          <>
            <IconButton label="Collapse the proposal" onClick={() => setCollapsed(true)}>
              <ChevronDown aria-hidden className="size-4" />
            </IconButton>
            <Button tone="ghost" onClick={onDismiss} busy={dismissing}>
              Dismiss
            </Button>
            <Button tone="proposal" onClick={onApply} busy={applying} className="font-semibold">
              Apply fix
              <ChevronRight aria-hidden className="size-3.5" />
            </Button>
          </>
        }
      >
        {children}
      </BannerFrame>
    </div>
  );
}
