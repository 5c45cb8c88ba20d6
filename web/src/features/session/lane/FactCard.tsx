import { clockTime } from "@/shared/lib/time";
import type { FactView } from "../model/lane";

export function FactCard({ fact }: { fact: FactView }) {
  return (
    <li className="animate-fade rounded-card border border-line border-l-[3px] border-l-accent bg-card px-3 py-2">
      <p className="break-words text-heading">{fact.text}</p>
      {fact.summary && <p className="mt-0.5 text-[12.5px] break-words text-success">{fact.summary}</p>}
      <p className="mt-1 font-mono text-[11px] text-muted-fg">
        {clockTime(fact.at)} · {fact.provenance}
      </p>
    </li>
  );
}
