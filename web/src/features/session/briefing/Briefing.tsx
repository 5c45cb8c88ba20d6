import type { SessionDetail } from "@/api/generated";
import { Markdown } from "@/shared/markdown/Markdown";

/** The escalation package, for whoever picked the session up. */
export function Briefing({ detail }: { detail: SessionDetail }) {
  const { briefing } = detail;
  if (!briefing) return null;
  return (
    <details className="max-h-[40vh] shrink-0 overflow-y-auto border-b border-line bg-elevated px-5 py-2">
      <summary className="text-[13px] font-medium text-heading">Briefing of the escalation</summary>
      <Markdown text={briefing.markdown} />
    </details>
  );
}
