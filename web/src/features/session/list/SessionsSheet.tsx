import { Dialog } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { useSessionsSheet } from "@/shared/lib/sessionsSheet";
import { IconButton } from "@/shared/ui/Button";
import { SessionList } from "./SessionList";

/** The list of sessions over the page, where it has no column of its own. */
export default function SessionsSheet({ currentId }: { currentId: string }) {
  const { open, hide, show } = useSessionsSheet();
  return (
    <Dialog.Root open={open} onOpenChange={(next) => (next ? show() : hide())}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-black/50" />
        <Dialog.Popup
          aria-label="Sessions"
          className="fixed inset-y-0 left-0 z-50 flex w-[min(320px,88vw)] animate-fade flex-col border-r border-line-hover bg-sidebar shadow-float outline-none"
        >
          <Dialog.Close
            render={<IconButton label="Close the sessions" className="absolute right-11 top-2 z-10" />}
          >
            <X aria-hidden className="size-4" />
          </Dialog.Close>
          <SessionList currentId={currentId} onLeave={hide} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
