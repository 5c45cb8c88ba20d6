import type { FixResource } from "@/api/generated";
import { Button } from "@/shared/ui/Button";
import { QuietNotice } from "../dialogs/QuietNotice";
import { countsAsWorked } from "../model/endings";
import { needsWord, useSurfaces, type NoteKind } from "../surfaces";

interface NewerProps {
  short: string;
  /** What is shown was confirmed, and its posting did not end well. */
  confirmedBefore: boolean;
  onUse: () => void;
  onKeep: () => void;
}

function Newer({ short, confirmedBefore, onUse, onKeep }: NewerProps) {
  return (
    <QuietNotice
      actions={
        <>
          <Button size="sm" onClick={onUse}>
            Use the new draft
          </Button>
          <Button size="sm" tone="ghost" onClick={onKeep}>
            {confirmedBefore ? "Keep this" : "Keep mine"}
          </Button>
        </>
      }
    >
      {confirmedBefore
        ? `This is the ${short} as it was confirmed. The session has a newer draft.`
        : `The session changed since you edited this ${short}.`}
    </QuietNotice>
  );
}

/** What confirming says of a fix that was run and not judged. */
function Fix({ kind, fix }: { kind: NoteKind; fix: FixResource | null | undefined }) {
  const escalate = useSurfaces((surfaces) => surfaces.escalate);
  const worked = countsAsWorked(fix);
  if (kind === "resolution_note") {
    return worked && <QuietNotice tone="success">“{worked}” will be recorded as worked.</QuietNotice>;
  }
  if (!fix || !needsWord(fix)) return null;
  return (
    <QuietNotice
      tone="warning"
      actions={
        <Button size="sm" onClick={() => escalate(fix, "header")}>
          Say how it went
        </Button>
      }
    >
      “{fix.title}” was run and nobody has said whether it helped.
    </QuietNotice>
  );
}

export const NoteNotices = { Newer, Fix };
