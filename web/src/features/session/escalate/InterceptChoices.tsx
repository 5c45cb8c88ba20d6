import { CircleDashed, Info, X, type LucideIcon } from "lucide-react";
import { useEffect, type KeyboardEvent, type Ref, type RefObject } from "react";
import type { FixOutcome } from "@/api/generated";
import { classes } from "@/shared/lib/classes";
import { Spinner } from "@/shared/ui/Spinner";
import { sending } from "../banner/state";
import type { FixCommand } from "../commands/fixes";

interface Props {
  /** The default: it has the focus, so that Enter takes it. */
  first: RefObject<HTMLButtonElement | null>;
  partialToo: boolean;
  running: FixCommand | null;
  onChoose: (outcome: FixOutcome) => void;
  onPartial: () => void;
}

/** The answers, one below the other. Arrows and Tab move, Enter takes. */
export function InterceptChoices({ first, partialToo, running, onChoose, onPartial }: Props) {
  // Also when the engineer comes back from the note.
  useEffect(() => first.current?.focus(), [first]);
  const choice = (outcome: FixOutcome) => ({
    onClick: () => onChoose(outcome),
    ...sending(running, "outcome", outcome),
  });
  return (
    // Moves the focus between the buttons inside.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div className="flex flex-col gap-2" onKeyDown={moveByArrow}>
      <Choice ref={first} icon={X} danger {...choice("applied_failed")}>
        The fix didn't work
      </Choice>
      <Choice icon={Info} {...choice("applied_success")}>
        It worked — escalating for another reason
      </Choice>
      <Choice icon={X} {...choice("dismissed")}>
        Never actually applied it
      </Choice>
      {partialToo && (
        <Choice icon={CircleDashed} busy={false} disabled={running !== null} onClick={onPartial}>
          Partial, with a note…
        </Choice>
      )}
    </div>
  );
}

function moveByArrow(event: KeyboardEvent<HTMLDivElement>) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const buttons = [...event.currentTarget.querySelectorAll("button")];
  const at = buttons.findIndex((button) => button === document.activeElement);
  buttons.at((at + step) % buttons.length)?.focus();
}

interface ChoiceProps {
  icon: LucideIcon;
  danger?: boolean;
  busy: boolean;
  disabled: boolean;
  onClick: () => void;
  children: string;
  ref?: Ref<HTMLButtonElement>;
}

function Choice({ icon: Icon, danger = false, busy, disabled, onClick, children, ref }: ChoiceProps) {
  return (
    <button
      ref={ref}
      type="button"
      aria-busy={busy || undefined}
      aria-disabled={disabled || undefined}
      onClick={busy || disabled ? undefined : onClick}
      className={classes(
        "flex min-h-9 w-full items-center gap-2.5 rounded-control border px-3 py-1.5 text-left transition-colors duration-150 aria-disabled:opacity-50",
        danger
          ? "border-danger/30 bg-danger/10 text-heading hover:bg-danger/16"
          : "border-line-hover bg-elevated text-primary hover:text-heading",
      )}
    >
      {busy ? (
        <Spinner className="size-3.5" />
      ) : (
        <Icon
          aria-hidden
          className={classes("size-3.5 shrink-0", danger ? "text-danger" : "text-muted-fg")}
        />
      )}
      <span className="min-w-0 flex-1">{children}</span>
      {danger && (
        <kbd aria-hidden className="font-mono text-[12px] text-muted-fg">
          ↵
        </kbd>
      )}
    </button>
  );
}
