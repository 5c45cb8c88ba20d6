import { Fragment, type ReactNode } from "react";
import type { Highlighted } from "./highlighter";

type Piece = Highlighted["children"][number];

/** The highlighter's tree as elements: its text is text, whatever stands in it. */
export function HighlightedCode({ tree }: { tree: Highlighted }) {
  return tree.children.map(toNode);
}

function toNode(piece: Piece, index: number): ReactNode {
  if (piece.type === "text") return <Fragment key={index}>{piece.value}</Fragment>;
  if (piece.type !== "element") return null;
  const names = piece.properties.className;
  return (
    <span key={index} className={Array.isArray(names) ? names.join(" ") : undefined}>
      {piece.children.map((child, at) => toNode(child as Piece, at))}
    </span>
  );
}
