import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { Navigate, useSearchParams } from "react-router";
import { signedIn, useAccess } from "@/api/access";
import { loginMutation } from "@/api/generated/@tanstack/react-query.gen";
import { asProblem } from "@/api/problem";
import { Button } from "@/shared/ui/Button";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { TextField } from "@/shared/ui/TextField";
import { AuthCard } from "./AuthCard";
import { safeTarget } from "./target";

/** E-mail and password, then the code of the authenticator app where the server asks for one. */
export function LoginPage() {
  const [params] = useSearchParams();
  const state = useAccess((access) => access.state);
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState<string | null>(null);
  const login = useMutation({
    ...loginMutation(),
    onSuccess: (token) => signedIn(token.access_token),
    onError: (error) => {
      if (asProblem(error).code === "totp_required") setCode("");
    },
  });
  const asksForCode = code !== null;
  // That a code is needed is no mistake: the field itself says so.
  const refused = login.isError && asProblem(login.error).code !== "totp_required";

  if (state === "signedIn") return <Navigate replace to={safeTarget(params.get("next"))} />;

  function submit(event: FormEvent) {
    event.preventDefault();
    if (login.isPending) return;
    login.mutate({ body: { email: email.trim(), password, ...(code?.trim() ? { code: code.trim() } : {}) } });
  }

  function startOver() {
    setCode(null);
    setPassword("");
    login.reset();
  }

  return (
    <AuthCard
      lead={asksForCode ? `Logging in as ${email.trim()}.` : "Log in to work your tickets with the pilot."}
      onSubmit={submit}
    >
      {refused && <ProblemNotice error={login.error} />}
      {asksForCode ? (
        <TextField
          key="code"
          label="Code"
          hint="Six digits from your authenticator app, or one of your recovery codes."
          autoComplete="one-time-code"
          focused
          required
          maxLength={40}
          value={code}
          onChange={setCode}
        />
      ) : (
        <>
          <TextField
            label="E-mail"
            type="email"
            autoComplete="username"
            required
            value={email}
            onChange={setEmail}
          />
          <TextField
            label="Password"
            type="password"
            autoComplete="current-password"
            required
            value={password}
            onChange={setPassword}
          />
        </>
      )}
      <Button type="submit" tone="accent" busy={login.isPending} className="h-10">
        {asksForCode ? "Continue" : "Log in"}
      </Button>
      {asksForCode && (
        <Button tone="ghost" onClick={startOver}>
          Use another account
        </Button>
      )}
    </AuthCard>
  );
}
