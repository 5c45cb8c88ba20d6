import { ChevronRight } from "lucide-react";
import { useId, type ReactNode } from "react";
import { classes } from "@/shared/lib/classes";

const dots = { accent: "bg-accent", warning: "bg-warning", info: "bg-info" };

interface Props {
  title: string;
  count: string;
  tone: keyof typeof dots;
  children: ReactNode;
}

export function LaneSection({ title, count, tone, children }: Props) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="flex min-w-0 flex-col gap-2">
      <h3 id={id} className="flex items-center gap-2 font-sans text-muted-fg">
        <span aria-hidden className={classes("size-1.5 shrink-0 rounded-full", dots[tone])} />
        <span className="label-caps">{title}</span>
        <span className="text-[12px] font-normal">· {count}</span>
      </h3>
      {children}
    </section>
  );
}

interface DisclosureProps {
  title: string;
  count: number;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  children: ReactNode;
}

/** A section that is out of the way until somebody looks into it. */
export function LaneDisclosure({ title, count, open, onOpenChange, children }: DisclosureProps) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="flex min-w-0 flex-col gap-2">
      <h3 id={id} className="font-sans text-muted-fg">
        <button
          type="button"
          aria-expanded={open}
          onClick={() => onOpenChange(!open)}
          className="flex min-h-6 items-center gap-1.5 rounded-control hover:text-heading"
        >
          <ChevronRight
            aria-hidden
            className={classes("size-3.5 transition-transform duration-150", open && "rotate-90")}
          />
          <span className="label-caps">{title}</span>
          <span className="text-[12px] font-normal">· {count}</span>
        </button>
      </h3>
      {open && children}
    </section>
  );
}
