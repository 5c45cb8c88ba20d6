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
    <section aria-labelledby={id} className="flex flex-col gap-2">
      <h3 id={id} className="flex items-center gap-2 font-sans text-muted-fg">
        <span aria-hidden className={classes("size-1.5 rounded-full", dots[tone])} />
        <span className="label-caps">{title}</span>
        <span className="text-[12px] font-normal">· {count}</span>
      </h3>
      {children}
    </section>
  );
}
