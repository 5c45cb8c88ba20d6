import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import {
  disableTwoFactorMutation,
  renewRecoveryCodesMutation,
} from "@/api/generated/@tanstack/react-query.gen";
import { Button } from "@/shared/ui/Button";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { TextField } from "@/shared/ui/TextField";

interface Props {
  action: "disable" | "renew";
  onDisabled: () => void;
  onCodes: (codes: string[]) => void;
  onCancel: () => void;
}

/** Password and code again: an open page alone must not be enough to take the second factor away. */
export function ProofForm({ action, onDisabled, onCodes, onCancel }: Props) {
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const disable = useMutation({ ...disableTwoFactorMutation(), onSuccess: onDisabled });
  const renew = useMutation({
    ...renewRecoveryCodesMutation(),
    onSuccess: (answer) => onCodes(answer.recovery_codes),
  });
  const sent = action === "disable" ? disable : renew;

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!sent.isPending) sent.mutate({ body: { password, code: code.trim() } });
  }

  return (
    <form onSubmit={submit} className="flex max-w-sm flex-col gap-3">
      <TextField
        label="Your password"
        type="password"
        autoComplete="current-password"
        focused
        required
        value={password}
        onChange={setPassword}
      />
      <TextField
        label="Code"
        hint="From your authenticator app, or a recovery code."
        autoComplete="one-time-code"
        required
        maxLength={40}
        value={code}
        onChange={setCode}
      />
      {sent.isError && <ProblemNotice error={sent.error} />}
      <div className="flex gap-2">
        <Button type="submit" tone={action === "disable" ? "danger" : "accent"} busy={sent.isPending}>
          {action === "disable" ? "Switch two-factor off" : "Get new codes"}
        </Button>
        <Button tone="ghost" onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
