import { Circle, CircleCheck, CircleX } from "lucide-react";
import { Spinner } from "@/shared/ui/Spinner";
import { classes } from "@/shared/lib/classes";
import type { StepState, WritebackStepView } from "../model/writeback";

const spoken: Record<StepState, string> = {
  waiting: "waiting",
  running: "in progress",
  done: "done",
  failed: "failed",
};

export function PostSteps({ steps }: { steps: WritebackStepView[] }) {
  return (
    <ol aria-label="Progress of the posting" className="flex flex-wrap gap-x-4 gap-y-1.5 text-[13px]">
      {steps.map((step) => (
        <li
          key={step.label}
          className={classes(
            "flex items-center gap-1.5",
            step.state === "waiting" ? "text-muted-fg" : "text-primary",
          )}
        >
          <StepIcon state={step.state} />
          {step.label}
          <span className="sr-only">, {spoken[step.state]}</span>
        </li>
      ))}
    </ol>
  );
}

function StepIcon({ state }: { state: StepState }) {
  if (state === "running") return <Spinner className="size-3.5 text-warning" />;
  if (state === "done") return <CircleCheck aria-hidden className="size-3.5 text-success" />;
  if (state === "failed") return <CircleX aria-hidden className="size-3.5 text-danger" />;
  return <Circle aria-hidden className="size-3.5 text-muted" />;
}
