import { useId } from "react";
import { classes } from "@/shared/lib/classes";
import { Markdown } from "@/shared/markdown/Markdown";
import { noteLimit } from "../model/endings";

interface Props {
  label: string;
  text: string;
  editing: boolean;
  readOnly?: boolean;
  onChange: (text: string) => void;
}

/** A text that goes to a ticket: read as it will look, or edited as Markdown. Too long is said, never cut off. */
export function MarkdownField({ label, text, editing, readOnly = false, onChange }: Props) {
  const count = useId();
  if (!editing) return text ? <Markdown text={text} /> : null;
  return (
    <div className="flex min-h-0 flex-1 flex-col gap-1">
      <textarea
        value={text}
        onChange={(event) => onChange(event.target.value)}
        readOnly={readOnly}
        aria-label={label}
        aria-describedby={count}
        className="min-h-72 w-full flex-1 resize-y rounded-control border border-line-hover bg-page px-3 py-2 font-mono text-[12.5px] max-sm:min-h-52"
      />
      <p
        id={count}
        className={classes(
          "text-right font-mono text-[11px]",
          text.length > noteLimit ? "text-danger" : "text-muted-fg",
        )}
      >
        {text.length.toLocaleString("en-GB")} / {noteLimit.toLocaleString("en-GB")}
      </p>
    </div>
  );
}
