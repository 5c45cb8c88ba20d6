import type { FormEvent, ReactNode } from "react";
import { Logo } from "@/shared/ui/Logo";

interface Props {
  /** What is done here, in a sentence. */
  lead: string;
  onSubmit: (event: FormEvent) => void;
  children: ReactNode;
}

/** The form in the middle of the page with which somebody who is not signed in yet comes in. */
export function AuthCard({ lead, onSubmit, children }: Props) {
  return (
    <main className="flex min-h-full items-center justify-center p-4">
      <form
        onSubmit={onSubmit}
        className="flex w-full max-w-sm flex-col gap-4 rounded-card border border-line bg-card p-6"
      >
        <div className="flex items-center gap-2.5">
          <Logo className="size-8" />
          <h1 className="text-xl">ResolutionFlow</h1>
        </div>
        <p className="break-words text-muted-fg">{lead}</p>
        {children}
      </form>
    </main>
  );
}
