import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { classes } from "@/shared/lib/classes";
import { tones, type Tone } from "./tones";

interface Props {
  tone: Tone;
  icon: LucideIcon;
  label: string;
  chip: string | null;
  title: string;
  /** Waits for a word: the icon pulses. */
  pulse?: boolean;
  actions: ReactNode;
  /** What stands below the title. */
  children?: ReactNode;
}

/** What a state says and offers: icon, label with chip, title, text, and the actions at the right. */
export function BannerHead({
  tone,
  icon: Icon,
  label,
  chip,
  title,
  pulse = false,
  actions,
  children,
}: Props) {
  const look = tones[tone];
  return (
    <div className="flex animate-fade flex-wrap items-start gap-x-3 gap-y-2.5 py-3 pl-5 pr-5 max-sm:gap-x-2.5 max-sm:px-4">
      <span
        aria-hidden
        className={classes(
          "relative flex size-7 shrink-0 items-center justify-center rounded-control border",
          look.icon,
          pulse && "animate-pulse-ring",
        )}
      >
        <Icon className="size-4" />
      </span>
      <div className="min-w-[260px] flex-1 text-[13px] text-muted-fg max-sm:min-w-[200px]">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className={classes("label-caps", look.text)}>{label}</span>
          {chip && <span className={classes("label-caps rounded-full px-2 py-0.5", look.chip)}>{chip}</span>}
        </p>
        <h2 className="mt-0.5 font-sans text-[15px] break-words">{title}</h2>
        {children}
      </div>
      <div className="ml-auto flex flex-wrap items-center justify-end gap-2">{actions}</div>
    </div>
  );
}

export function BannerText({ children }: { children: ReactNode }) {
  return <p className="max-w-[640px] break-words whitespace-pre-line">{children}</p>;
}
