import type { ReactNode } from "react";
import { classes } from "@/shared/lib/classes";
import { tones, type Tone } from "./tones";

interface Props {
  tone: Tone;
  children: ReactNode;
}

/** The box every state stands in, with the bar at its left. It stays while the state changes, and so does what is typed in it. */
export function BannerShell({ tone, children }: Props) {
  const look = tones[tone];
  return (
    <section
      aria-label="Suggested fix"
      className={classes(
        "relative max-h-[55vh] overflow-y-auto border-t transition-colors duration-[260ms]",
        look.box,
      )}
    >
      <span
        aria-hidden
        className={classes("absolute inset-y-0 left-0 w-[3px] transition-colors duration-[260ms]", look.bar)}
      />
      {children}
    </section>
  );
}
