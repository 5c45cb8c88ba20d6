import type { ReactNode } from "react";
import { classes } from "@/shared/lib/classes";
import { fullTime, timeOfDay } from "@/shared/lib/days";

interface Props {
  side: "left" | "right";
  /** Letters of the avatar; what they stand for is spoken. */
  letters: string;
  author: string;
  /** The name is written above the bubble too: for messages of somebody else than the pilot and the reader. */
  named?: boolean;
  foot?: ReactNode;
  faded?: boolean;
  children: ReactNode;
}

/** One message: the pilot's on the left, engineers' on the right, what there is to say about it below. */
export function Bubble({ side, letters, author, named = false, foot, faded = false, children }: Props) {
  const pilot = side === "left";
  return (
    <div className={classes("flex gap-2.5", !pilot && "flex-row-reverse", faded && "opacity-80")}>
      <span
        aria-hidden
        title={author}
        className={classes(
          "mt-1 flex size-7 shrink-0 items-center justify-center rounded-full border text-[10px] font-semibold max-sm:hidden",
          avatarTone(pilot, named),
        )}
      >
        {letters}
      </span>
      <div className={classes("flex min-w-0 max-w-[min(640px,100%)] flex-col", !pilot && "items-end")}>
        {named ? (
          <span className="mb-1 text-[12px] text-muted-fg">
            {author}
            <span className="sr-only">:</span>
          </span>
        ) : (
          <span className="sr-only">{author}:</span>
        )}
        {children}
        {foot && (
          <span
            className={classes(
              "mt-1 flex flex-wrap gap-x-1.5 font-mono text-[11px] text-muted-fg",
              !pilot && "justify-end",
            )}
          >
            {foot}
          </span>
        )}
      </div>
    </div>
  );
}

function avatarTone(pilot: boolean, named: boolean): string {
  if (pilot) return "border-warning/30 bg-warning/10 text-warning";
  return named
    ? "border-line-hover bg-elevated text-primary"
    : "border-accent/30 bg-accent/10 text-accent-text";
}

/** The framed words of a bubble. */
export function Words({ side, children }: { side: "left" | "right"; children: ReactNode }) {
  return (
    <div
      className={classes(
        "min-w-0 max-w-full rounded-card border px-3.5 py-2.5",
        side === "left"
          ? "border-line bg-card"
          : "border-accent/30 bg-accent/10 text-heading [&_.prose-rf_p]:whitespace-pre-wrap",
      )}
    >
      {children}
    </div>
  );
}

export function At({ iso }: { iso: string }) {
  return (
    <time dateTime={iso} title={fullTime(iso)}>
      {timeOfDay(iso)}
    </time>
  );
}
