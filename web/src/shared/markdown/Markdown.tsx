import { memo, type ComponentProps, type ReactNode } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import remend from "remend";
import { classes } from "@/shared/lib/classes";
import { splitBlocks } from "./blocks";
import { CodeBlock } from "./CodeBlock";

const plugins = [remarkGfm];

const components: Components = {
  a: ({ href, children }) =>
    href && !href.startsWith("streamdown:") ? (
      <a href={href} target="_blank" rel="noopener noreferrer">
        {children}
      </a>
    ) : (
      <span>{children}</span>
    ),
  // Pictures of other origins would tell them who reads the ticket; their description stays.
  img: ({ alt }) => <span>{alt}</span>,
  pre: ({ children }) => <Code>{children}</Code>,
};

interface Props {
  text: string;
  /** The text is still growing: half-open marks of the last block are closed for the moment. */
  growing?: boolean;
  className?: string;
}

export function Markdown({ text, growing = false, className }: Props) {
  const blocks = splitBlocks(text);
  return (
    <div className={classes("prose-rf", className)}>
      {blocks.map((block, index) => (
        // Blocks are only ever added at the end, so the position is their identity.
        <Block key={index} text={growing && index === blocks.length - 1 ? remend(block) : block} />
      ))}
    </div>
  );
}

const Block = memo(function Block({ text }: { text: string }) {
  return (
    <div className="prose-block">
      <ReactMarkdown remarkPlugins={plugins} components={components}>
        {text}
      </ReactMarkdown>
    </div>
  );
});

function Code({ children }: { children: ReactNode }) {
  const code = typeof children === "object" && children !== null && "props" in children ? children.props : {};
  const { className, children: content } = code as ComponentProps<"code">;
  const language = /language-([\w-]+)/.exec(className ?? "")?.[1] ?? null;
  return <CodeBlock text={String(content ?? "").replace(/\n$/, "")} language={language} />;
}
