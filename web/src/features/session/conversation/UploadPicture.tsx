import { lazy, Suspense, useState } from "react";
import type { UploadResource } from "@/api/generated";
import { Skeleton } from "@/shared/ui/Skeleton";
import { UploadProblem } from "./UploadProblem";
import { useUpload } from "./useUpload";

// Looked at now and then: its code is not waited for before the conversation can be read.
const PictureDialog = lazy(() => import("./PictureDialog"));

const thumbnail = "h-28 w-40 max-w-full rounded-control border border-line-hover";

/** A picture of a message, small; a click shows it as large as the window allows. */
export function UploadPicture({ upload }: { upload: UploadResource }) {
  const { upload: addressed, error, refetch } = useUpload(upload.id);
  const [open, setOpen] = useState(false);
  if (error && !addressed) return <UploadProblem name={upload.file_name} error={error} onRetry={refetch} />;
  if (!addressed) return <Skeleton className={thumbnail} />;
  return (
    <>
      <button
        type="button"
        aria-label={`Open ${upload.file_name}`}
        title={upload.file_name}
        onClick={() => setOpen(true)}
        className={`${thumbnail} block overflow-hidden bg-sidebar`}
      >
        <img
          src={addressed.thumbnail_url ?? addressed.content_url}
          alt={upload.file_name}
          className="size-full object-cover"
        />
      </button>
      {open && (
        <Suspense>
          <PictureDialog upload={addressed} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
