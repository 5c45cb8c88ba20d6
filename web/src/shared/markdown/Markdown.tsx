import { memo, type ComponentProps, type ReactNode } from "react";
import ReactMarkdown, { type Components } from "react-markdown";

import remend from "remend";
import { classes } from "@/shared/lib/classes";
import { Revealed } from "@/shared/text/Revealed";
import { isFenceOpen, splitBlocks } from "./blocks";
import { CodeBlock } from "./CodeBlock";
import { gfmReading } from "./gfm";
import { linkTarget, tells } from "./links";
import { revealProse } from "./revealProse";

const asItLooks = [revealProse];

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

interface Props {
  text: string;
  /** The text is still growing: half-open marks of the last block are closed for the moment. */
  growing?: boolean;
  className?: string;
}

/** Markdown as elements. Drawn again only when its text changes, and then only the blocks that are new. */
export const Markdown = memo(function Markdown({ text, growing = false, className }: Props) {
  const blocks = splitBlocks(text);
  return (
    <div className={classes("prose-rf", className)}>
      {blocks.map((block, index) => {
        const open = growing && index === blocks.length - 1;
        // Blocks are only ever added at the end, so the position is their identity.
        return <Block key={index} text={open ? remend(block) : block} open={open && isFenceOpen(block)} />;
      })}
    </div>
  );
});

const Block = memo(function Block({ text, open }: { text: string; open: boolean }) {
  return (
    <div className="prose-block">
      <ReactMarkdown
        remarkPlugins={gfmReading}
        rehypePlugins={asItLooks}
        components={open ? unfinished : finished}
      >
        {text}
      </ReactMarkdown>
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
