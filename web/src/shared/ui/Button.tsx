import type { ButtonHTMLAttributes, Ref } from "react";
import { classes } from "@/shared/lib/classes";
import { Spinner } from "./Spinner";

export type ButtonTone =
  "accent" | "success" | "proposal" | "danger" | "ghost" | "outline" | "dangerOutline" | "warningOutline";

const tones: Record<ButtonTone, string> = {
  accent: "bg-accent text-on-color hover:brightness-110",
  success: "bg-success text-on-color hover:brightness-110",
  proposal: "bg-proposal text-on-proposal hover:brightness-110",
  danger: "bg-danger text-on-color hover:brightness-110",
  ghost: "text-muted-fg hover:text-heading hover:bg-elevated",
  outline: "border border-line-hover text-primary hover:text-heading hover:bg-elevated",
  dangerOutline: "border border-danger/30 text-danger hover:bg-danger/10",
  warningOutline: "border border-warning/30 text-warning hover:bg-warning/10",
};

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  tone?: ButtonTone;
  size?: "sm" | "md";
  busy?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

/** A busy button keeps its width and its place in the tab order, and ignores clicks. */
export function Button({
  tone = "outline",
  size = "md",
  busy = false,
  className,
  children,
  disabled,
  onClick,
  ...rest
}: Props) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled}
      aria-busy={busy || undefined}
      onClick={busy ? undefined : onClick}
      className={classes(
        "inline-flex shrink-0 items-center justify-center gap-1.5 rounded-control font-medium whitespace-nowrap transition-colors duration-150",
        "disabled:cursor-not-allowed disabled:opacity-50",
        size === "sm" ? "min-h-7 px-2.5 text-[13px]" : "min-h-9 px-3.5",
        tones[tone],
        className,
      )}
    >
      {busy && <Spinner className="size-3.5" />}
      {children}
    </button>
  );
}

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  label: string;
  ref?: Ref<HTMLButtonElement>;
}

export function IconButton({ label, className, children, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={classes(
        "inline-flex size-8 shrink-0 items-center justify-center rounded-control text-muted-fg transition-colors duration-150",
        "hover:bg-elevated hover:text-heading disabled:cursor-not-allowed disabled:opacity-50",
        className,
      )}
    >
      {children}
    </button>
  );
}
