import { FileText, X } from "lucide-react";
import { isRetryable } from "@/api/problem";
import { fileSize } from "@/shared/lib/fileSize";
import { classes } from "@/shared/lib/classes";
import { Button, IconButton } from "@/shared/ui/Button";
import { filesPerMessage, isPicture, type Attachment } from "./attachment";
import { removeFile, retryFile } from "./attachments";
import { useDraftFiles } from "./useDraftFiles";
import { useObjectUrl } from "./useObjectUrl";

/** The files that will go with the message: how far each is, what went wrong, and a way to take it back. */
export function AttachmentStrip({ place }: { place: string }) {
  const { files, notice } = useDraftFiles(place);
  if (files.length === 0 && !notice) return null;
  return (
    <div className="mb-2 flex flex-col gap-1.5">
      {files.length > 0 && (
        <ul aria-label="Attached files" className="flex max-h-48 flex-wrap gap-2 overflow-y-auto">
          {files.map((file) => (
            <AttachmentCard key={file.key} place={place} attachment={file} />
          ))}
        </ul>
      )}
      <p className="text-[12px] text-muted-fg" aria-live="polite">
        {notice ?? `${files.length} of ${filesPerMessage} files`}
      </p>
    </div>
  );
}

function AttachmentCard({ place, attachment }: { place: string; attachment: Attachment }) {
  const { key, fileName, size, state, progress, problem } = attachment;
  const failed = state === "failed";
  return (
    <li
      className={classes(
        "flex min-w-0 max-w-full items-center gap-2 rounded-control border p-1.5",
        failed ? "border-danger/30 bg-danger/10" : "w-60 border-line-hover bg-card max-sm:w-full",
      )}
    >
      {isPicture(attachment.contentType) ? (
        <Thumbnail attachment={attachment} />
      ) : (
        <span className="flex size-10 shrink-0 items-center justify-center rounded-control bg-elevated text-muted-fg">
          <FileText aria-hidden className="size-4.5" />
        </span>
      )}
      <div className="min-w-0 flex-1">
        <p className="truncate text-[13px] text-primary" title={fileName}>
          {fileName}
        </p>
        {state === "uploading" && (
          <div
            role="progressbar"
            aria-label={`Uploading ${fileName}`}
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={Math.round(progress * 100)}
            className="mt-1 h-1 overflow-hidden rounded-full bg-elevated"
          >
            <div
              className="h-full bg-accent transition-[width] duration-150"
              style={{ width: `${progress * 100}%` }}
            />
          </div>
        )}
        {state === "ready" && <p className="font-mono text-[11px] text-muted-fg">{fileSize(size)}</p>}
        {failed && problem && (
          <p role="alert" className="text-[12.5px] break-words text-primary">
            {problem.detail} <span className="font-mono text-[11px] text-muted-fg">{problem.code}</span>
          </p>
        )}
      </div>
      {failed && problem && isRetryable(problem) && (
        <Button size="sm" onClick={() => retryFile(place, key)}>
          Retry
        </Button>
      )}
      <IconButton
        label={state === "uploading" ? `Cancel ${fileName}` : `Remove ${fileName}`}
        onClick={() => removeFile(place, key)}
        className="size-7"
      >
        <X aria-hidden className="size-3.5" />
      </IconButton>
    </li>
  );
}

function Thumbnail({ attachment }: { attachment: Attachment }) {
  const url = useObjectUrl(attachment.file);
  return (
    <span className="size-10 shrink-0 overflow-hidden rounded-control bg-elevated">
      {url && <img src={url} alt="" className="size-full object-cover" />}
    </span>
  );
}
