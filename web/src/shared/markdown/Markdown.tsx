import { toJsxRuntime, type Components } from "hast-util-to-jsx-runtime";
import { memo, type ComponentProps, type ReactNode } from "react";
import { Fragment, jsx, jsxs } from "react/jsx-runtime";
import remend from "remend";
import { classes } from "@/shared/lib/classes";
import { Revealed } from "@/shared/text/Revealed";
import { isFenceOpen, splitBlocks } from "./blocks";
import { CodeBlock } from "./CodeBlock";
import { linkTarget, tells } from "./links";
import { toTree, withCaret } from "./tree";

const finished: Components = {
  a: ({ href, children }) => <Link href={href}>{children}</Link>,
  // Pictures of other origins would tell them who reads the ticket; what they are and where they lie is said.
  img: ({ alt, src }) => {
    const where = linkTarget(typeof src === "string" ? src : undefined)?.where;
    return (
      <span className="text-muted-fg">
        [Picture{where ? ` at ${where}` : ""}, not loaded{alt ? `: ${alt}` : ""}]
      </span>
    );
  },
  code: ({ children }) => (
    <code>{typeof children === "string" ? <Revealed code={children} /> : children}</code>
  ),
  pre: ({ children }) => <Code>{children}</Code>,
};

const unfinished: Components = { ...finished, pre: ({ children }) => <Code growing>{children}</Code> };

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
  const tree = growing ? withCaret(toTree(remend(text))) : toTree(text);
  const components = growing && isFenceOpen(text) ? unfinished : finished;
  return (
    <div className="prose-block">
      {toJsxRuntime(tree, { Fragment, jsx, jsxs, components, passKeys: true })}
    </div>
  );
});

/** Opens elsewhere, and says where when its words do not. */
function Link({ href, children }: { href: string | undefined; children: ReactNode }) {
  const target = linkTarget(href);
  if (!target) return <span>{children}</span>;
  return (
    <>
      <a href={target.href} target="_blank" rel="noopener noreferrer">
        {children}
      </a>
      {!tells(wordsOf(children), target) && <span className="text-muted-fg"> ({target.where})</span>}
    </>
  );
}

function wordsOf(children: ReactNode): string {
  if (typeof children === "string") return children;
  if (Array.isArray(children)) return children.map(wordsOf).join("");
  return "";
}

function Code({ children, growing = false }: { children: ReactNode; growing?: boolean }) {
  const code = typeof children === "object" && children !== null && "props" in children ? children.props : {};
  const { className, children: content } = code as ComponentProps<"code">;
  const language = /language-([\w+#-]+)/.exec(className ?? "")?.[1] ?? null;
  return <CodeBlock text={String(content ?? "").replace(/\n$/, "")} language={language} growing={growing} />;
}
