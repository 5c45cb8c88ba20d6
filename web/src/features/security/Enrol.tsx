import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { confirmTwoFactorMutation, enrolTwoFactorMutation } from "@/api/generated/@tanstack/react-query.gen";
import type { EnrolAnswer } from "@/api/generated";
import { Button } from "@/shared/ui/Button";
import { CopyButton } from "@/shared/ui/CopyButton";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { TextField } from "@/shared/ui/TextField";

interface Props {
  onCodes: (codes: string[]) => void;
  onCancel: () => void;
}

/** Password, then the picture for the app, then the app's first code. */
export function Enrol({ onCodes, onCancel }: Props) {
  const [password, setPassword] = useState("");
  const enrol = useMutation(enrolTwoFactorMutation());

  if (enrol.data) return <Confirm enrolled={enrol.data} onCodes={onCodes} onCancel={onCancel} />;

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!enrol.isPending) enrol.mutate({ body: { password } });
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
      {enrol.isError && <ProblemNotice error={enrol.error} />}
      <div className="flex gap-2">
        <Button type="submit" tone="accent" busy={enrol.isPending}>
          Continue
        </Button>
        <Button tone="ghost" onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </form>
  );
}

function Confirm({ enrolled, onCodes, onCancel }: Props & { enrolled: EnrolAnswer }) {
  const [code, setCode] = useState("");
  const confirm = useMutation({
    ...confirmTwoFactorMutation(),
    onSuccess: (answer) => onCodes(answer.recovery_codes),
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!confirm.isPending) confirm.mutate({ body: { code: code.trim() } });
  }

  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <p>Scan this with an authenticator app, or type the key into it.</p>
      <img
        src={`data:image/svg+xml;utf8,${encodeURIComponent(enrolled.qr_svg)}`}
        alt="QR code for the authenticator app"
        className="size-48 rounded-control bg-white"
      />
      <p className="flex items-center gap-2">
        <code aria-label="Key" className="font-mono text-[13px] break-all">
          {enrolled.secret}
        </code>
        <CopyButton text={enrolled.secret} label="Copy the key" />
      </p>
      <div className="max-w-sm">
        <TextField
          label="Code from the app"
          autoComplete="one-time-code"
          inputMode="numeric"
          focused
          required
          maxLength={10}
          value={code}
          onChange={setCode}
        />
      </div>
      {confirm.isError && <ProblemNotice error={confirm.error} />}
      <div className="flex gap-2">
        <Button type="submit" tone="accent" busy={confirm.isPending}>
          Switch on
        </Button>
        <Button tone="ghost" onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
