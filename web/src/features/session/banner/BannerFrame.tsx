import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { classes } from "@/shared/lib/classes";

const tones = {
  warning: {
    box: "bg-warning/10",
    bar: "bg-warning",
    icon: "border-warning/30 bg-warning/16 text-warning",
    label: "text-warning",
    chip: "bg-warning/16 text-warning",
  },
  info: {
    box: "bg-info/10",
    bar: "bg-info",
    icon: "border-info/30 bg-info/16 text-info",
    label: "text-info",
    chip: "bg-info/16 text-info",
  },
  accent: {
    box: "bg-accent/10",
    bar: "bg-accent",
    icon: "border-accent/30 bg-accent/16 text-accent-text",
    label: "text-accent-text",
    chip: "bg-accent/16 text-accent-text",
  },
  success: {
    box: "bg-success/10",
    bar: "bg-success",
    icon: "border-success/30 bg-success/16 text-success",
    label: "text-success",
    chip: "bg-success/16 text-success",
  },
};

interface Props {
  tone: keyof typeof tones;
  icon: LucideIcon;
  label: string;
  chip: string | null;
  title: string;
  text?: string;
  footnote?: ReactNode;
  pulse?: boolean;
  actions: ReactNode;
  children?: ReactNode;
}

/** The shape all states share: bar, icon, label with chip, title, text, and the actions at the right. */
export function BannerFrame({
  tone,
  icon: Icon,
  label,
  chip,
  title,
  text,
  footnote,
  pulse = false,
  actions,
  children,
}: Props) {
  const look = tones[tone];
  return (
    <section
      aria-label="Suggested fix"
      className={classes(
        "@container relative max-h-[55vh] shrink-0 animate-slide-up overflow-y-auto border-t border-line",
        look.box,
      )}
    >
      <span aria-hidden className={classes("absolute inset-y-0 left-0 w-[3px]", look.bar)} />
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2.5 py-3 pl-5 pr-5 max-sm:px-4">
        <span
          aria-hidden
          className={classes(
            "flex size-7 shrink-0 items-center justify-center rounded-control border",
            look.icon,
            pulse && "animate-pulse-soft",
          )}
        >
          <Icon className="size-4" />
        </span>
        <div className="min-w-[260px] flex-1 max-sm:min-w-[200px]">
          <p className="flex flex-wrap items-center gap-2">
            <span className={classes("label-caps", look.label)}>{label}</span>
            {chip && (
              <span className={classes("label-caps rounded-full px-2 py-0.5", look.chip)}>{chip}</span>
            )}
          </p>
          <h2 className="mt-0.5 font-sans text-[15px] break-words">{title}</h2>
          {text && (
            <p className="max-w-[640px] text-[13px] break-words whitespace-pre-line text-muted-fg">{text}</p>
          )}
          {footnote}
        </div>
        <div className="ml-auto flex flex-wrap items-center justify-end gap-2">{actions}</div>
      </div>
      {children && <div className="pb-3 pl-[64px] pr-5 empty:hidden max-sm:px-4">{children}</div>}
    </section>
  );
}
