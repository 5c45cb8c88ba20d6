import { useId, useRef, type FormEvent } from "react";
import { Button } from "@/shared/ui/Button";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { useAbandon } from "../commands/lifecycle";
import { useDraft } from "../composer/useDraft";
import { FloatingPanel } from "./FloatingPanel";
import type { DialogProps } from "./SessionDialogs";

/** Abandoning asks for a reason; it may stay empty. */
export function AbandonDialog({ detail, anchor, onClose }: DialogProps) {
  const sessionId = detail.session.id;
  const [reason, setReason] = useDraft(sessionId, "abandon");
  const abandon = useAbandon(sessionId);
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (abandon.isPending) return;
    abandon.mutate(reason.trim(), {
      onSuccess: () => {
        setReason("");
        onClose();
      },
    });
  }

  return (
    <FloatingPanel
      title="Abandon the session"
      subtitle="Nothing is posted to the ticket. The session can be reopened for a while."
      anchor={anchor}
      onClose={onClose}
      firstField={field}
    >
      <form onSubmit={submit} className="flex flex-col gap-2">
        <label htmlFor={id} className="text-[13px] text-muted-fg">
          Why is this session abandoned? (optional)
        </label>
        <textarea
          ref={field}
          id={id}
          rows={3}
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          className="w-full resize-y rounded-control border border-line-hover bg-page px-2.5 py-1.5"
        />
        {abandon.isError && <ProblemNotice error={abandon.error} />}
        <div className="flex justify-end gap-2">
          <Button tone="ghost" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" tone="dangerOutline" busy={abandon.isPending}>
            Abandon
          </Button>
        </div>
      </form>
    </FloatingPanel>
  );
}
