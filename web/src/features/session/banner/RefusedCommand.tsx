import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import type { FixCommands } from "../commands/fixes";

interface Props {
  refused: NonNullable<FixCommands["refused"]>;
  /** The fix that is shown now; the command may have been for the one before. */
  shownFixId: string | undefined;
  onClose: () => void;
}

/** Why a click on the banner was not taken. It stays when the state has moved on meanwhile, and names the fix then. */
export function RefusedCommand({ refused, shownFixId, onClose }: Props) {
  return (
    <div className="border-t border-line px-5 py-2.5 max-sm:px-4">
      {refused.fix.id !== shownFixId && (
        <p className="mb-1.5 text-[13px] break-words text-muted-fg">About “{refused.fix.title}”:</p>
      )}
      <ProblemNotice error={refused.error} onRetry={onClose} retryLabel="Close" />
    </div>
  );
}
