import { Paperclip } from "lucide-react";
import { useRef } from "react";
import { Button } from "@/shared/ui/Button";
import { acceptedTypes, filesPerMessage, limitsHint } from "./attachment";
import { addFiles, useAttachments } from "./attachments";

/** Picks files from the computer. The limits are said before anything is sent. */
export function AttachButton({ place }: { place: string }) {
  const picker = useRef<HTMLInputElement>(null);
  const full = useAttachments(place).files.length >= filesPerMessage;
  return (
    <>
      <Button
        tone="ghost"
        size="sm"
        title={limitsHint}
        disabled={full}
        onClick={() => picker.current?.click()}
        className="max-sm:px-2"
      >
        <Paperclip aria-hidden className="size-3.5" />
        Attach
      </Button>
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        aria-label="Files to attach"
        accept={acceptedTypes}
        onChange={(event) => {
          addFiles(place, [...(event.target.files ?? [])]);
          // The same file can be picked again after it was removed.
          event.target.value = "";
        }}
      />
    </>
  );
}
