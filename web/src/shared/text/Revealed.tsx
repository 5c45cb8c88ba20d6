import { TriangleAlert } from "lucide-react";
import { useMemo } from "react";
import { splitCode, warningOf, type Piece } from "./hiddenCharacters";

/** Code with everything in it visible: hidden characters by their names, look-alikes marked. */
export function Revealed({ code }: { code: string }) {
  const pieces = useMemo(() => splitCode(code), [code]);
  return pieces.length === 1 && pieces[0] ? shown(pieces[0], 0) : pieces.map(shown);
}

function shown({ text, kind, name }: Piece, key: number) {
  if (!kind) return text;
  if (kind === "lookAlike") {
    return (
      <mark key={key} className="look-alike" title={name}>
        {text}
      </mark>
    );
  }
  return (
    <mark key={key} className="hidden-character">
      {name}
    </mark>
  );
}

/** Says what of the code is not as it looks; nothing when all is. */
export function CodeWarning({ code }: { code: string }) {
  const warning = useMemo(() => warningOf(code), [code]);
  if (!warning) return null;
  return (
    <p
      role="note"
      className="flex items-start gap-1.5 px-2.5 py-1.5 text-[12.5px] wrap-anywhere text-warning"
    >
      <TriangleAlert aria-hidden className="mt-0.5 size-3.5 shrink-0" />
      {warning}
    </p>
  );
}
