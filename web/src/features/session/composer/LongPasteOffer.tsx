import { Button } from "@/shared/ui/Button";

interface Props {
  text: string;
  onAttach: () => void;
  onKeep: () => void;
}

/** A log that was pasted into the message reads better as a file; the engineer decides. */
export function LongPasteOffer({ text, onAttach, onKeep }: Props) {
  return (
    <div
      role="status"
      className="mb-2 flex flex-wrap items-center gap-2 rounded-control border border-line-hover bg-card px-3 py-1.5 text-[13px]"
    >
      <span className="min-w-0 flex-1">
        You pasted {text.split("\n").length.toLocaleString()} lines. They can go as a file instead.
      </span>
      <Button size="sm" onClick={onAttach}>
        Attach as a log file
      </Button>
      <Button size="sm" tone="ghost" onClick={onKeep}>
        Keep as text
      </Button>
    </div>
  );
}
