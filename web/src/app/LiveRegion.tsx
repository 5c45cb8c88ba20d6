import { useAnnouncement } from "@/shared/lib/announce";

/** Speaks finished replies, copied text and the like, politely and once. */
export function LiveRegion() {
  const text = useAnnouncement((store) => store.text);
  return (
    <div role="status" aria-live="polite" className="sr-only">
      {text}
    </div>
  );
}
