import { ScrollText } from "lucide-react";
import { Button } from "@/shared/ui/Button";
import { LogPanel } from "./LogPanel";
import { LongPasteOffer } from "./LongPasteOffer";
import type { MessageDraft } from "./useMessageDraft";

interface Props {
  draft: MessageDraft;
  /** Brings the cursor back to the message. */
  onDone: () => void;
}

/** What opens above the message while it is written: room for a log, and the offer to make a file of a long paste. */
export function DraftExtras({ draft, onDone }: Props) {
  return (
    <>
      {draft.logOpen && (
        <LogPanel
          place={draft.place}
          text={draft.log}
          onChange={draft.setLog}
          onInsert={draft.insert}
          onClose={() => {
            draft.setLogOpen(false);
            onDone();
          }}
        />
      )}
      {draft.longPaste !== null && (
        <LongPasteOffer
          text={draft.longPaste}
          onKeep={() => {
            draft.keepLongPaste();
            onDone();
          }}
          onAttach={() => {
            draft.attachLongPaste();
            onDone();
          }}
        />
      )}
    </>
  );
}

export function PasteLogsButton({ draft }: { draft: MessageDraft }) {
  return (
    <Button
      tone="ghost"
      size="sm"
      aria-expanded={draft.logOpen}
      onClick={() => draft.setLogOpen(!draft.logOpen)}
      className="max-sm:px-2"
    >
      <ScrollText aria-hidden className="size-3.5" />
      Paste logs
    </Button>
  );
}
