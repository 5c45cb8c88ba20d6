import { FileText } from "lucide-react";
import type { UploadResource } from "@/api/generated";
import { fileSize } from "@/shared/lib/fileSize";
import { UploadPicture } from "./UploadPicture";
import { UploadProblem } from "./UploadProblem";
import { useUpload } from "./useUpload";

/** The files of a message: pictures as thumbnails, everything else by name. */
export function UploadStrip({ uploads }: { uploads: UploadResource[] }) {
  if (uploads.length === 0) return null;
  return (
    <ul aria-label="Files" className="mt-1.5 flex max-w-full flex-wrap justify-end gap-2">
      {uploads.map((upload) => (
        <li key={upload.id} className="max-w-full min-w-0">
          {upload.has_thumbnail ? <UploadPicture upload={upload} /> : <FileChip upload={upload} />}
        </li>
      ))}
    </ul>
  );
}

function FileChip({ upload }: { upload: UploadResource }) {
  const { upload: addressed, error, refetch } = useUpload(upload.id);
  const chip =
    "flex max-w-full items-center gap-2 rounded-control border border-line-hover bg-card px-2.5 py-1.5 text-[13px]";
  const content = (
    <>
      <FileText aria-hidden className="size-4 shrink-0 text-muted-fg" />
      <span className="min-w-0 truncate text-primary">{upload.file_name}</span>
      <span className="shrink-0 font-mono text-[11px] text-muted-fg">{fileSize(upload.size_bytes)}</span>
    </>
  );
  if (error) return <UploadProblem name={upload.file_name} error={error} onRetry={refetch} />;
  return addressed ? (
    <a href={addressed.content_url} download={upload.file_name} className={`${chip} hover:bg-elevated`}>
      {content}
    </a>
  ) : (
    <span className={chip}>{content}</span>
  );
}
