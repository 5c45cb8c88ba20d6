import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { getTwoFactorOptions, getTwoFactorQueryKey } from "@/api/generated/@tanstack/react-query.gen";
import { Button } from "@/shared/ui/Button";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { SkeletonRows } from "@/shared/ui/Skeleton";
import { Enrol } from "./Enrol";
import { ProofForm } from "./ProofForm";
import { RecoveryCodes } from "./RecoveryCodes";

type Open = { part: "nothing" | "enrol" | "disable" | "renew" } | { part: "codes"; codes: string[] };

/** Two-factor authentication: off, being set up, or on. New recovery codes stay on the screen until they are put away. */
export function TwoFactor() {
  const queries = useQueryClient();
  const state = useQuery(getTwoFactorOptions());
  const [open, setOpen] = useState<Open>({ part: "nothing" });
  const readAgain = () => queries.invalidateQueries({ queryKey: getTwoFactorQueryKey() });
  const close = () => {
    setOpen({ part: "nothing" });
    void readAgain();
  };
  const showCodes = (codes: string[]) => {
    setOpen({ part: "codes", codes });
    void readAgain();
  };

  return (
    <section aria-label="Two-factor authentication" className="flex flex-col gap-3">
      <h2 className="text-[16px]">Two-factor authentication</h2>
      <div className="flex flex-col gap-4 rounded-card border border-line bg-card p-4">
        {state.isPending && <SkeletonRows rows={1} label="Loading" className="h-10" />}
        {state.isError && (
          <ProblemNotice error={state.error} onRetry={() => void state.refetch()} busy={state.isFetching} />
        )}
        {state.data && open.part !== "codes" && (
          <Summary
            enabled={state.data.enabled}
            left={state.data.recovery_codes_left}
            idle={open.part === "nothing"}
            onOpen={(part) => setOpen({ part })}
          />
        )}
        {open.part === "enrol" && <Enrol onCodes={showCodes} onCancel={close} />}
        {(open.part === "disable" || open.part === "renew") && (
          <ProofForm action={open.part} onDisabled={close} onCodes={showCodes} onCancel={close} />
        )}
        {open.part === "codes" && <RecoveryCodes codes={open.codes} onDone={close} />}
      </div>
    </section>
  );
}

interface SummaryProps {
  enabled: boolean;
  left: number;
  idle: boolean;
  onOpen: (part: "enrol" | "disable" | "renew") => void;
}

function Summary({ enabled, left, idle, onOpen }: SummaryProps) {
  if (!enabled)
    return (
      <>
        <p className="text-muted-fg">
          <strong className="font-medium text-heading">Off.</strong> With it on, logging in asks for a code of
          an authenticator app as well: a password alone is not enough.
        </p>
        {idle && (
          <Button tone="accent" className="self-start" onClick={() => onOpen("enrol")}>
            Set up
          </Button>
        )}
      </>
    );
  return (
    <>
      <p className="text-muted-fg">
        <strong className="font-medium text-success">On.</strong> {left} of 10 recovery codes left.
        {left < 3 && " Get new ones before they run out."}
      </p>
      {idle && (
        <div className="flex flex-wrap gap-2">
          <Button onClick={() => onOpen("renew")}>New recovery codes</Button>
          <Button tone="dangerOutline" onClick={() => onOpen("disable")}>
            Switch off
          </Button>
        </div>
      )}
    </>
  );
}
