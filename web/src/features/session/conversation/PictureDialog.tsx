import { Dialog } from "@base-ui/react/dialog";
import { Download, X } from "lucide-react";
import type { UploadAnswer } from "@/api/generated";
import { fileSize } from "@/shared/lib/fileSize";
import { IconButton } from "@/shared/ui/Button";

export default function PictureDialog({ upload, onClose }: { upload: UploadAnswer; onClose: () => void }) {
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-50 bg-sidebar/90" />
        <Dialog.Popup className="fixed inset-3 z-50 flex flex-col gap-3 rounded-card border border-line-hover bg-card p-3 shadow-float outline-none sm:inset-8">
          <div className="flex items-center gap-2">
            <Dialog.Title className="min-w-0 flex-1 truncate font-sans text-[14px] font-medium">
              {upload.file_name}{" "}
              <span className="font-mono text-[11px] text-muted-fg">{fileSize(upload.size_bytes)}</span>
            </Dialog.Title>
            <a
              href={upload.content_url}
              download={upload.file_name}
              aria-label={`Save ${upload.file_name}`}
              title="Save"
              className="inline-flex size-8 items-center justify-center rounded-control text-muted-fg hover:bg-elevated hover:text-heading"
            >
              <Download aria-hidden className="size-4" />
            </a>
            <Dialog.Close render={<IconButton label="Close the picture" />}>
              <X aria-hidden className="size-4" />
            </Dialog.Close>
          </div>
          <div className="flex min-h-0 flex-1 items-center justify-center">
            <img
              src={upload.content_url}
              alt={upload.file_name}
              className="max-h-full max-w-full rounded-control object-contain"
            />
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
