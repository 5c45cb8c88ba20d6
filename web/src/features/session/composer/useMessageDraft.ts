import { useState, type ClipboardEvent } from "react";
import { useUserId } from "@/auth/useMe";
import { addFiles, attachmentPlace } from "./attachments/attachments";
import { useDraftFiles } from "./attachments/useDraftFiles";
import { isLongPaste, pastedFiles, toLogFile, withParagraph } from "./pastes";
import { useDraft } from "./useDraft";

const maxLength = 20_000;

/** Everything of one unsent message: its words, its files, the log that is being pasted. All of it survives a reload. */
export function useMessageDraft(sessionId: string) {
  const [text, setText] = useDraft(sessionId, "message");
  const [log, setLog] = useDraft(sessionId, "log");
  const [logOpen, setLogOpen] = useState(log !== "");
  const [pasted, setPasted] = useState<string | null>(null);
  const place = attachmentPlace(useUserId(), sessionId);
  const { files, waiting } = useDraftFiles(place);
  const tooLong = text.length > maxLength;
  const longPaste = pasted !== null && text.includes(pasted) ? pasted : null;

  return {
    place,
    text,
    setText,
    log,
    setLog,
    logOpen,
    setLogOpen,
    files,
    /** Why it cannot go yet, in words. */
    waiting,
    tooLong,
    maxLength,
    complete: (text.trim() !== "" || files.length > 0) && !tooLong && waiting === null,
    /** A log that was pasted between the words. */
    longPaste,
    keepLongPaste: () => setPasted(null),
    attachLongPaste: () => {
      if (longPaste === null) return;
      addFiles(place, [toLogFile(longPaste)]);
      setText(text.replace(longPaste, () => ""));
      setPasted(null);
    },
    insert: (part: string) => setText(withParagraph(text, part)),
    onPaste: (event: ClipboardEvent) => {
      const files = pastedFiles(event.clipboardData);
      if (files.length > 0) {
        event.preventDefault();
        addFiles(place, files);
        return;
      }
      // A text field knows no other end of a line than this one.
      const words = event.clipboardData.getData("text/plain").replaceAll("\r\n", "\n");
      if (isLongPaste(words)) setPasted(words);
    },
  };
}

export type MessageDraft = ReturnType<typeof useMessageDraft>;
