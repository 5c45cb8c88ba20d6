import type { ReactNode } from "react";
import type { Highlighted } from "./highlighter";

type Piece = Highlighted["children"][number];

/** The highlighter's tree as elements: its text is text, whatever stands in it. */
export function HighlightedCode({ tree }: { tree: Highlighted }) {
  return tree.children.map(toNode);
}

function toNode(piece: Piece, index: number): ReactNode {
  if (piece.type === "text") return piece.value;
  if (piece.type !== "element") return null;
  const names = piece.properties.className;
  const [first, ...others] = piece.children as Piece[];
  return (
    <span key={index} className={Array.isArray(names) ? names.join(" ") : undefined}>
      {first && others.length === 0 ? toNode(first, 0) : (piece.children as Piece[]).map(toNode)}
    </span>
  );
}
