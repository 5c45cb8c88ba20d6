import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useParams } from "react-router";
import type { SharedFact, SharedFix, SharedItem, SharedSession } from "@/api/generated";
import { readSharedSessionInfiniteOptions } from "@/api/generated/@tanstack/react-query.gen";
import { asProblem } from "@/api/problem";
import { sessionStatusLabel } from "@/shared/lib/sessionStatus";
import { clockTime } from "@/shared/lib/time";
import { Markdown } from "@/shared/markdown/Markdown";
import { Revealed } from "@/shared/text/Revealed";
import { Button } from "@/shared/ui/Button";
import { Logo } from "@/shared/ui/Logo";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { SkeletonRows } from "@/shared/ui/Skeleton";
import { describeFix, describeItem } from "./words";

/** A session as whoever has its link may read it. Needs no sign-in and changes nothing. */
export function SharedSessionPage() {
  const { token = "" } = useParams();
  const pages = useInfiniteQuery({
    ...readSharedSessionInfiniteOptions({ path: { token } }),
    initialPageParam: { path: { token } },
    getNextPageParam: (page) => page.older_cursor ?? undefined,
    // A link that has ended does not come back.
    retry: (failures, error) => asProblem(error).status !== 404 && failures < 2,
  });
  const session = pages.data?.pages[0];
  useEffect(() => {
    if (session) document.title = `${session.title} · ResolutionFlow`;
  }, [session]);

  return (
    <main className="mx-auto flex min-h-full w-full max-w-3xl flex-col gap-6 px-4 py-6">
      <p className="flex items-center gap-2 text-[13px] text-muted-fg">
        <Logo className="size-6" />
        ResolutionFlow · shared for reading
      </p>
      {pages.isPending && <SkeletonRows rows={6} label="Loading the session" className="h-14" />}
      {pages.isError && (
        <ProblemNotice
          error={pages.error}
          onRetry={asProblem(pages.error).status === 404 ? undefined : () => void pages.refetch()}
          busy={pages.isFetching}
        />
      )}
      {session && (
        <>
          <Head session={session} />
          {session.note && (
            <Section title="Resolution">
              <Markdown text={session.note} />
            </Section>
          )}
          <Facts facts={session.facts} />
          <Fixes fixes={session.fixes} />
          <Lane items={session.lane} />
          <Section title="Conversation">
            {pages.hasNextPage && (
              <Button
                size="sm"
                onClick={() => void pages.fetchNextPage()}
                busy={pages.isFetchingNextPage}
                className="self-start"
              >
                Show older messages
              </Button>
            )}
            <Messages pages={pages.data?.pages ?? []} />
          </Section>
        </>
      )}
    </main>
  );
}

function Head({ session }: { session: SharedSession }) {
  return (
    <header className="flex flex-col gap-1">
      <h1 className="text-2xl break-words">{session.title}</h1>
      <p className="text-muted-fg">
        {sessionStatusLabel(session.status)} · {session.engineer} · last change{" "}
        {clockTime(session.updated_at)}
      </p>
      <p className="text-[13px] text-muted-fg">This link ends {clockTime(session.expires_at)}.</p>
    </header>
  );
}

function Section({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section aria-label={title} className="flex flex-col gap-2">
      <h2 className="text-[16px]">{title}</h2>
      {children}
    </section>
  );
}

function Facts({ facts }: { facts: SharedFact[] }) {
  return (
    <Section title="What we know">
      {facts.length === 0 && <p className="text-muted-fg">Nothing is confirmed yet.</p>}
      <ul className="flex flex-col gap-2">
        {facts.map((fact) => (
          <li
            key={fact.text}
            className="rounded-card border border-line border-l-[3px] border-l-accent bg-card px-3 py-2"
          >
            <p className="break-words text-heading">{fact.text}</p>
            {fact.summary && <p className="text-[12.5px] break-words text-success">{fact.summary}</p>}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Fixes({ fixes }: { fixes: SharedFix[] }) {
  if (fixes.length === 0) return null;
  return (
    <Section title="Fixes">
      <ul className="flex flex-col gap-2">
        {fixes.map((fix, index) => (
          <li key={index} className="rounded-card border border-line bg-card px-3 py-2">
            <p className="break-words text-heading">{fix.title}</p>
            <p className="text-[13px] text-muted-fg">{describeFix(fix)}</p>
            <Markdown text={fix.description} />
            {fix.notes && <p className="break-words">{fix.notes}</p>}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Lane({ items }: { items: SharedItem[] }) {
  if (items.length === 0) return null;
  return (
    <Section title="Questions and checks">
      <ul className="flex flex-col gap-2">
        {items.map((item, index) => (
          <li key={index} className="rounded-card border border-line bg-card px-3 py-2">
            <p className="break-words text-heading">{item.text}</p>
            <p className="text-[13px] text-muted-fg">{describeItem(item)}</p>
            {item.answer && <p className="break-words">{item.answer}</p>}
            {item.output && (
              <pre
                tabIndex={0}
                aria-label={`Output of ${item.text}`}
                className="mt-1 max-h-48 overflow-auto rounded-control border border-line bg-sidebar p-2 font-mono text-[12.5px]"
              >
                <Revealed code={item.output} />
              </pre>
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Messages({ pages }: { pages: SharedSession[] }) {
  // Each page is older than the one before it, and oldest first in itself.
  const messages = pages.toReversed().flatMap((page) => page.messages);
  return (
    <ol className="flex flex-col gap-3">
      {messages.map((message, index) => (
        // Counted from the end: older messages come in front.
        <li key={messages.length - index} className="rounded-card border border-line bg-card px-3 py-2">
          <p className="text-[12.5px] text-muted-fg">
            {message.by_pilot ? "Pilot" : (message.author ?? "Session")} · {clockTime(message.created_at)}
          </p>
          <Markdown text={message.text} />
          {message.files && message.files.length > 0 && (
            <p className="text-[12.5px] break-words text-muted-fg">Attached: {message.files.join(", ")}</p>
          )}
        </li>
      ))}
    </ol>
  );
}
