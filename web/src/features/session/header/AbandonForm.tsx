import { useId, useState, type FormEvent } from "react";
import { Button } from "@/shared/ui/Button";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { useAbandon } from "../commands/lifecycle";

/** Abandoning asks for a reason where it is chosen; the reason may stay empty. */
export function AbandonForm({ sessionId, onDone }: { sessionId: string; onDone: () => void }) {
  const [reason, setReason] = useState("");
  const abandon = useAbandon(sessionId);
  const id = useId();

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!abandon.isPending) abandon.mutate(reason.trim(), { onSuccess: onDone });
  }

  return (
    // Escape leaves the form from any of its fields.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <form
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === "Escape") onDone();
      }}
      className="mt-3 flex animate-fade flex-col gap-1.5"
    >
      <label htmlFor={id} className="text-[13px] text-muted-fg">
        Why is this session abandoned? (optional) Nothing is posted to the ticket.
      </label>
      <div className="flex flex-wrap gap-2">
        <input
          id={id}
          // The engineer asked for the field just now; the focus belongs there.
          // oxlint-disable-next-line jsx-a11y/no-autofocus
          autoFocus
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          className="h-9 min-w-[180px] flex-1 rounded-control border border-line-hover bg-card px-2.5"
        />
        <Button type="submit" tone="dangerOutline" busy={abandon.isPending}>
          Abandon
        </Button>
        <Button tone="ghost" onClick={onDone}>
          Cancel
        </Button>
      </div>
      {abandon.isError && <ProblemNotice error={abandon.error} />}
    </form>
  );
}
