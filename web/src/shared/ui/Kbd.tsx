import type { ReactNode } from "react";

/** The name of a key. */
export function Kbd({ children }: { children: ReactNode }) {
  return (
    <kbd className="inline-flex h-5 min-w-5 shrink-0 items-center justify-center rounded-control border border-line-hover bg-page px-1.5 font-mono text-[11px] text-muted-fg">
      {children}
    </kbd>
  );
}
