import { useMemo } from "react";
import { CopyButton } from "@/shared/ui/CopyButton";
import { CodeWarning, Revealed } from "@/shared/text/Revealed";
import { visibleCode, warningOf } from "@/shared/text/hiddenCharacters";
import { HighlightedCode } from "./HighlightedCode";
import { useHighlighted } from "./useHighlighted";

interface Props {
  text: string;
  language: string | null;
  /** The code is still being written: it gets its colours once, when it is whole. */
  growing?: boolean;
}

/**
 * Code or tool output: scrolls by itself, is copied by one click as it is shown, and is reachable by keyboard. Code that is not
 * what it looks like has no colours, but a warning.
 */
export function CodeBlock({ text, language, growing = false }: Props) {
  const honest = useMemo(() => warningOf(text) === null, [text]);
  const tree = useHighlighted(text, growing || !honest ? null : language);
  return (
    <div className="relative my-2 overflow-hidden rounded-control border border-line bg-sidebar">
      <div className="flex items-center justify-between border-b border-line pl-3 pr-1">
        <span className="font-mono text-[11px] text-muted-fg">{language ?? "text"}</span>
        <CopyButton text={visibleCode(text)} label="Copy code" />
      </div>
      {/* A scrolling box must take the focus to be scrolled by keyboard. */}
      <pre
        tabIndex={0}
        aria-label={language ? `${language} code` : "Code"}
        className="code-rf overflow-x-auto p-3 font-mono text-[12.5px]"
      >
        <code>{tree ? <HighlightedCode tree={tree} /> : <Revealed code={text} />}</code>
      </pre>
      <CodeWarning code={text} />
    </div>
  );
}
