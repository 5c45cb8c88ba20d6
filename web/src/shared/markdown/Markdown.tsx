import { memo } from "react";
import remend from "remend";
import { classes } from "@/shared/lib/classes";
import { splitBlocks } from "./blocks";
import { elementsOf } from "./elements";

const blocksOfPart = 12;

interface Props {
  text: string;
  /** The text is still growing: half-open marks of the last block are closed for the moment. */
  growing?: boolean;
  className?: string;
}

/** Markdown as elements. Drawn again only when its text changes, and then only the blocks that are new. */
export const Markdown = memo(function Markdown({ text, growing = false, className }: Props) {
  const blocks = splitBlocks(text);
  const parts = Array.from({ length: Math.ceil(blocks.length / blocksOfPart) }, (_, index) =>
    blocks.slice(index * blocksOfPart, (index + 1) * blocksOfPart),
  );
  return (
    <div className={classes("prose-rf", className)}>
      {parts.map((part, index) => (
        // Blocks are only ever added at the end, so the position is their identity.
        <Part key={index} blocks={part} growing={growing && index === parts.length - 1} />
      ))}
    </div>
  );
});

/** Some blocks that the browser lays out and paints as one: what is finished of a long reply is passed over in large steps. */
const Part = memo(
  function Part({ blocks, growing }: { blocks: string[]; growing: boolean }) {
    return (
      <div className="prose-part">
        {blocks.map((block, index) => (
          <Block key={index} text={block} growing={growing && index === blocks.length - 1} />
        ))}
      </div>
    );
  },
  (before, after) =>
    before.growing === after.growing &&
    before.blocks.length === after.blocks.length &&
    before.blocks.every((block, index) => block === after.blocks[index]),
);

const Block = memo(function Block({ text, growing }: { text: string; growing: boolean }) {
  return <div className="prose-block">{elementsOf(growing ? remend(text) : text, growing)}</div>;
});
