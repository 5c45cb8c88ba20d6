import { splitProse } from "@/shared/text/hiddenCharacters";

interface Node {
  type: string;
  tagName?: string;
  value?: string;
  properties?: Record<string, unknown>;
  children?: Node[];
}

/** Shows hidden characters of sentences by their names. Code is left to the components that show code. */
export function revealProse() {
  return (tree: Node) => walk(tree);
}

function walk(node: Node): void {
  if (node.tagName === "code" || !node.children) return;
  node.children = node.children.flatMap((child) => {
    if (child.type === "text") return split(child);
    walk(child);
    return [child];
  });
}

function split(text: Node): Node[] {
  return splitProse(text.value ?? "").map((piece) =>
    piece.kind
      ? {
          type: "element",
          tagName: "mark",
          properties: { className: ["hidden-character"] },
          children: [{ type: "text", value: piece.name ?? "" }],
        }
      : { type: "text", value: piece.text },
  );
}
