import { LoginSessions } from "./LoginSessions";
import { TwoFactor } from "./TwoFactor";

/** What guards the engineer's own account: the second factor, and where they are signed in. */
export function SecurityPage() {
  return (
    <main className="min-h-0 flex-1 overflow-y-auto">
      <div className="mx-auto flex w-full max-w-[720px] flex-col gap-7 px-6 py-8 max-sm:px-3 max-sm:py-5">
        <h1 className="text-2xl">Security</h1>
        <TwoFactor />
        <LoginSessions />
      </div>
    </main>
  );
}
