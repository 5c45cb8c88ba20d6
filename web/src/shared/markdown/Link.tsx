import type { ReactNode } from "react";
import { linkTarget, tells } from "./links";

/** Opens elsewhere, and says where when its words do not. */
export function Link({ href, words, children }: { href: string; words: string; children: ReactNode }) {
  const target = linkTarget(href);
  if (!target) return <span>{children}</span>;
  return (
    <>
      <a href={target.href} target="_blank" rel="noopener noreferrer">
        {children}
      </a>
      {!tells(words, target) && <span className="text-muted-fg"> ({target.where})</span>}
    </>
  );
}

/** Pictures of other origins would tell them who reads the ticket; what they are and where they lie is said. */
export function Picture({ src, alt }: { src: string; alt: string }) {
  const where = linkTarget(src)?.where;
  return (
    <span className="text-muted-fg">
      [Picture{where ? ` at ${where}` : ""}, not loaded{alt ? `: ${alt}` : ""}]
    </span>
  );
}
