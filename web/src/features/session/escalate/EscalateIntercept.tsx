import { Popover } from "@base-ui/react/popover";
import { useRef, useState, type RefObject } from "react";
import type { FixResource } from "@/api/generated";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { OutcomeNote } from "../banner/OutcomeNote";
import { sending } from "../banner/state";
import { useFixCommand, type FixCommand } from "../commands/fixes";
import { useSurfaces } from "../surfaces";
import { InterceptChoices } from "./InterceptChoices";

interface Props {
  sessionId: string;
  fix: FixResource;
  anchor: RefObject<HTMLElement | null>;
}

/**
 * Asks how the fix went before the session is handed over. The escalation goes on only once the answer is stored: a save that fails
 * keeps the question open, with what was typed.
 */
export default function EscalateIntercept({ sessionId, fix: active, anchor }: Props) {
  // The question is about the fix it was opened for, also when another one is proposed meanwhile.
  const [asked] = useState(active);
  const fix = active.id === asked.id ? active : asked;
  const [noting, setNoting] = useState(false);
  const endIntercept = useSurfaces((surfaces) => surfaces.endIntercept);
  const openNote = useSurfaces((surfaces) => surfaces.openNote);
  const { run, running, refused } = useFixCommand(sessionId);
  const firstChoice = useRef<HTMLButtonElement>(null);
  const answered = useRef(false);

  function answer(command: FixCommand, forget?: () => void) {
    run(fix, command, () => {
      forget?.();
      answered.current = true;
      openNote("escalation_package");
    });
  }

  return (
    <Popover.Root
      open
      onOpenChange={(open) => {
        if (!open && !running) endIntercept();
      }}
    >
      <Popover.Portal>
        <Popover.Positioner
          anchor={anchor}
          side="top"
          align="start"
          sideOffset={10}
          collisionPadding={8}
          className="z-50"
        >
          <Popover.Popup
            initialFocus={firstChoice}
            finalFocus={() => (answered.current ? false : anchor.current)}
            onKeyDown={(event) => {
              if (event.key !== "Escape") return;
              // The drawer below would close with it.
              event.stopPropagation();
              if (!running) endIntercept();
            }}
            className="w-[min(340px,calc(100vw-16px))] animate-fade rounded-card border border-line-hover bg-card shadow-float outline-none"
          >
            <Popover.Arrow className="size-2.5 rotate-45 border-line-hover bg-card data-[side=bottom]:-top-[6px] data-[side=bottom]:border-t data-[side=bottom]:border-l data-[side=top]:-bottom-[6px] data-[side=top]:border-r data-[side=top]:border-b" />
            <div className="max-h-[var(--available-height)] overflow-y-auto p-3.5">
              <Popover.Title className="font-sans text-[15px] break-words">
                How did “{fix.title}” go?
              </Popover.Title>
              <Popover.Description className="mt-0.5 mb-3 text-[13px] text-muted-fg">
                It was applied, and nobody has said how it went. Say it now, so that whoever picks this up
                knows what was tried.
              </Popover.Description>
              {noting ? (
                <OutcomeNote
                  sessionId={sessionId}
                  fixId={fix.id}
                  outcome="applied_partial"
                  initial={fix.partial_notes ?? ""}
                  focus
                  submitLabel="Record and go on"
                  cancelLabel="Back"
                  onSave={(notes, forget) =>
                    answer({ kind: "outcome", outcome: "applied_partial", notes }, forget)
                  }
                  onCancel={() => setNoting(false)}
                  {...sending(running, "outcome", "applied_partial")}
                />
              ) : (
                <InterceptChoices
                  first={firstChoice}
                  partialToo={fix.status !== "applied_partial"}
                  running={running}
                  onChoose={(outcome) => answer({ kind: "outcome", outcome })}
                  onPartial={() => setNoting(true)}
                />
              )}
              {refused && <ProblemNotice error={refused.error} className="mt-3" />}
            </div>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
