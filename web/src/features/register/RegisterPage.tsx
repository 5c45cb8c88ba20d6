import { useMutation, useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { Link, Navigate, useLocation } from "react-router";
import { signedIn, useAccess } from "@/api/access";
import { lookUpInvite } from "@/api/generated";
import { registerMutation } from "@/api/generated/@tanstack/react-query.gen";
import { asProblem } from "@/api/problem";
import { AuthCard } from "@/auth/AuthCard";
import { Button } from "@/shared/ui/Button";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { SkeletonRows } from "@/shared/ui/Skeleton";
import { TextField } from "@/shared/ui/TextField";
import { inviteToken } from "./inviteToken";

const shortestPassword = 12;

/** Joining the team that sent the link, or, without one, beginning an account where the server lets anybody do so. */
export function RegisterPage() {
  const invite = inviteToken(useLocation().hash);
  const state = useAccess((access) => access.state);
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [email, setEmail] = useState("");
  const [company, setCompany] = useState("");
  const invited = useQuery({
    queryKey: ["invite", invite],
    queryFn: async ({ signal }) =>
      (await lookUpInvite({ body: { invite: invite ?? "" }, signal, throwOnError: true })).data,
    enabled: invite !== null,
    staleTime: Infinity,
    // A link that has ended does not come back.
    retry: (failures, error) => asProblem(error).status >= 500 && failures < 2,
  });
  const register = useMutation({
    ...registerMutation(),
    onSuccess: (token) => signedIn(token.access_token),
  });

  if (state === "signedIn") return <Navigate replace to="/" />;

  function submit(event: FormEvent) {
    event.preventDefault();
    if (register.isPending) return;
    const who = invite ? { invite } : { email: email.trim(), account_name: company.trim() };
    register.mutate({ body: { name: name.trim(), password, ...who } });
  }

  return (
    <AuthCard
      lead={
        invited.data
          ? `Join ${invited.data.account_name} as ${invited.data.email}.`
          : invite
            ? "You were invited to a team."
            : "Begin an account for your company."
      }
      onSubmit={submit}
    >
      {invite && invited.isPending && (
        <SkeletonRows rows={3} label="Reading the invitation" className="h-10" />
      )}
      {invited.isError && <ProblemNotice error={invited.error} />}
      {(invited.data || !invite) && (
        <>
          {register.isError && <ProblemNotice error={register.error} />}
          {!invite && (
            <>
              <TextField
                label="Company"
                autoComplete="organization"
                required
                maxLength={200}
                value={company}
                onChange={setCompany}
              />
              <TextField
                label="E-mail"
                type="email"
                autoComplete="username"
                required
                value={email}
                onChange={setEmail}
              />
            </>
          )}
          <TextField
            label="Your name"
            autoComplete="name"
            required
            maxLength={200}
            value={name}
            onChange={setName}
          />
          {invited.data && (
            // Password managers keep the password under it.
            <input type="email" autoComplete="username" readOnly hidden value={invited.data.email} />
          )}
          <TextField
            label="Password"
            hint={`At least ${shortestPassword} characters.`}
            type="password"
            autoComplete="new-password"
            required
            minLength={shortestPassword}
            maxLength={1024}
            value={password}
            onChange={setPassword}
          />
          <Button type="submit" tone="accent" busy={register.isPending} className="h-10">
            {invite ? "Join" : "Register"}
          </Button>
        </>
      )}
      <Link to="/login" className="text-center text-[13px] text-muted-fg underline hover:text-primary">
        Log in instead
      </Link>
    </AuthCard>
  );
}
