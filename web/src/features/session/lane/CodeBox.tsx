import { classes } from "@/shared/lib/classes";
import { CopyButton } from "@/shared/ui/CopyButton";
import { CodeWarning, Revealed } from "@/shared/text/Revealed";
import { visibleCode } from "@/shared/text/hiddenCharacters";

/**
 * Commands or output with nothing hidden: long lines scroll in their own box, whatever the width of the lane. What is copied is
 * what is shown.
 */
export function CodeBox({
  text,
  label,
  copyLabel,
  className,
}: {
  text: string;
  label: string;
  copyLabel: string;
  className?: string;
}) {
  return (
    <div
      className={classes("flex min-w-0 flex-col rounded-control border border-line bg-sidebar", className)}
    >
      <div className="flex min-w-0 items-start gap-1 pr-0.5">
        {/* A scrolling box must take the focus to be scrolled by keyboard. */}
        <pre
          tabIndex={0}
          aria-label={label}
          className="max-h-56 min-w-0 flex-1 overflow-auto rounded-control py-1.5 pl-2.5 font-mono text-[12px]"
        >
          <code>
            <Revealed code={text} />
          </code>
        </pre>
        <CopyButton text={visibleCode(text)} label={copyLabel} />
      </div>
      <CodeWarning code={text} />
    </div>
  );
}
