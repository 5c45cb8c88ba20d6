import { SendHorizontal } from "lucide-react";
import { useId, useState, type FormEvent, type KeyboardEvent } from "react";
import { useUserId } from "@/auth/useMe";
import { safeStorage } from "@/shared/lib/safeStorage";
import { Button } from "@/shared/ui/Button";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { useStartSession } from "./useStartSession";

const maxLength = 20_000;

export function StartBox() {
  const key = `resolutionflow.draft.${useUserId()}.start`;
  const [text, setText] = useState(() => safeStorage.get(key) ?? "");
  const start = useStartSession();
  const id = useId();
  const startable = text.trim() !== "" && !start.isPending;

  function change(next: string) {
    setText(next);
    if (next === "") safeStorage.remove(key);
    else safeStorage.set(key, next);
  }

  function submit(event?: FormEvent) {
    event?.preventDefault();
    if (startable) start.mutate({ text: text.trim() }, { onSuccess: () => safeStorage.remove(key) });
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    submit();
  }

  return (
    <form onSubmit={submit} className="flex flex-col gap-2">
      <label htmlFor={id} className="font-heading text-[16px] font-semibold text-heading">
        What are you troubleshooting?
      </label>
      <div className="flex items-end gap-2 rounded-card border border-line-hover bg-card p-2 focus-within:border-accent">
        <textarea
          id={id}
          rows={2}
          value={text}
          maxLength={maxLength}
          onChange={(event) => change(event.target.value)}
          onKeyDown={onKeyDown}
          placeholder="Describe the problem or paste the error. Enter starts a session."
          className="min-w-0 flex-1 resize-none bg-transparent px-2 py-1 text-heading outline-none"
        />
        <Button type="submit" tone="accent" busy={start.isPending} disabled={text.trim() === ""}>
          <SendHorizontal aria-hidden className="size-4" />
          Start
        </Button>
      </div>
      {start.isError && <ProblemNotice error={start.error} />}
    </form>
  );
}
