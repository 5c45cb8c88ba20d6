import { useMe } from "@/auth/useMe";
import { EscalationsWaiting } from "@/features/session/list/EscalationsWaiting";
import { greeting } from "@/shared/lib/time";
import { RecentSessions } from "./RecentSessions";
import { StartBox } from "./StartBox";
import { TicketQueue } from "./TicketQueue";

export function DashboardPage() {
  const me = useMe();
  const firstName = me.data?.name.split(/\s+/)[0];
  return (
    <main className="min-h-0 flex-1 overflow-y-auto">
      <div className="mx-auto flex w-full max-w-[1120px] flex-col gap-7 px-6 py-8 max-sm:px-3 max-sm:py-5">
        <h1 className="text-2xl">
          {greeting()}
          {firstName && `, ${firstName}`}
        </h1>
        <StartBox />
        <EscalationsWaiting place="dashboard" />
        <div className="grid gap-7 min-[1000px]:grid-cols-[minmax(0,1fr)_320px]">
          <TicketQueue />
          <RecentSessions />
        </div>
      </div>
    </main>
  );
}
