import { dayLabel } from "@/shared/lib/days";
import { At } from "./Bubble";

/** What the product itself put on record: an applied fix, an outcome, a replaced proposal. */
export function SystemLine({ text, at }: { text: string; at: string }) {
  return (
    <div className="flex gap-2.5">
      <span
        aria-hidden
        className="mt-0.5 size-7 shrink-0 rounded-full border border-line bg-card max-sm:hidden"
      />
      <p className="flex max-w-[min(640px,100%)] min-w-0 flex-wrap items-baseline gap-x-2.5 rounded-card border border-line px-3.5 py-1.5 text-[13px] text-muted-fg italic">
        <span className="min-w-0 break-words">{text}</span>
        <span className="font-mono text-[11px] not-italic">
          <At iso={at} />
        </span>
      </p>
    </div>
  );
}

/** Above the first message of a day. */
export function DayLine({ at }: { at: string }) {
  return (
    <div className="flex items-center gap-3 text-[12px] text-muted-fg">
      <span aria-hidden className="h-px flex-1 bg-line" />
      <span>{dayLabel(at)}</span>
      <span aria-hidden className="h-px flex-1 bg-line" />
    </div>
  );
}
