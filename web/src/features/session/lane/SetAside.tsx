import type { LaneItemResource } from "@/api/generated";

/** What the pilot did not ask again: kept, out of the way. */
export function SetAside({ items }: { items: LaneItemResource[] }) {
  return (
    <details>
      <summary className="label-caps text-muted-fg">Set aside · {items.length}</summary>
      <ul className="mt-2 flex flex-col gap-1.5">
        {items.map((item) => (
          <li
            key={item.id}
            className="rounded-card border border-dashed border-line-hover px-3 py-1.5 text-[13px] break-words text-muted-fg"
          >
            {item.text}
          </li>
        ))}
      </ul>
    </details>
  );
}
