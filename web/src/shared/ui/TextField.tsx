import { useEffect, useId, useRef, type InputHTMLAttributes } from "react";

interface Props extends Omit<InputHTMLAttributes<HTMLInputElement>, "onChange"> {
  label: string;
  value: string;
  onChange: (value: string) => void;
  hint?: string;
  /** The keyboard goes on here when the field appears: it is what the engineer has just asked for. */
  focused?: boolean;
}

/** A line of text with its label above it, and what helps to fill it in below. */
export function TextField({ label, onChange, hint, focused, ...rest }: Props) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (focused) input.current?.focus();
  }, [focused]);

  return (
    <label htmlFor={id} className="flex flex-col gap-1 text-[13px] font-medium">
      {label}
      <input
        {...rest}
        ref={input}
        id={id}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={(event) => onChange(event.target.value)}
        className="h-10 w-full rounded-control border border-line-hover bg-page px-3 text-heading"
      />
      {hint && (
        <span id={`${id}-hint`} className="font-normal text-muted-fg">
          {hint}
        </span>
      )}
    </label>
  );
}
