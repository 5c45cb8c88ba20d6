import { useMutation } from "@tanstack/react-query";
import { useId, useState, type FormEvent } from "react";
import { Navigate, useSearchParams } from "react-router";
import { signedIn, useAccess } from "@/api/access";
import { loginMutation } from "@/api/generated/@tanstack/react-query.gen";
import { Button } from "@/shared/ui/Button";
import { Logo } from "@/shared/ui/Logo";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { safeTarget } from "./target";

const field = "h-10 w-full rounded-control border border-line-hover bg-page px-3 text-heading";

export function LoginPage() {
  const [params] = useSearchParams();
  const state = useAccess((access) => access.state);
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const emailId = useId();
  const passwordId = useId();
  const login = useMutation({ ...loginMutation(), onSuccess: (token) => signedIn(token.access_token) });

  if (state === "signedIn") return <Navigate replace to={safeTarget(params.get("next"))} />;

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!login.isPending) login.mutate({ body: { email: email.trim(), password } });
  }

  return (
    <main className="flex min-h-full items-center justify-center p-4">
      <form
        onSubmit={submit}
        className="flex w-full max-w-sm flex-col gap-4 rounded-card border border-line bg-card p-6"
      >
        <div className="flex items-center gap-2.5">
          <Logo className="size-8" />
          <h1 className="text-xl">ResolutionFlow</h1>
        </div>
        <p className="text-muted-fg">Log in to work your tickets with the pilot.</p>
        {login.isError && <ProblemNotice error={login.error} />}
        <label htmlFor={emailId} className="flex flex-col gap-1 text-[13px] font-medium">
          E-mail
          <input
            id={emailId}
            type="email"
            autoComplete="username"
            required
            value={email}
            onChange={(event) => setEmail(event.target.value)}
            className={field}
          />
        </label>
        <label htmlFor={passwordId} className="flex flex-col gap-1 text-[13px] font-medium">
          Password
          <input
            id={passwordId}
            type="password"
            autoComplete="current-password"
            required
            value={password}
            onChange={(event) => setPassword(event.target.value)}
            className={field}
          />
        </label>
        <Button type="submit" tone="accent" busy={login.isPending} className="h-10">
          Log in
        </Button>
      </form>
    </main>
  );
}
