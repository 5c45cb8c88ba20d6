import { Link } from "react-router";

export function NotFoundPage() {
  return (
    <main className="flex flex-1 flex-col items-center justify-center gap-3 p-6 text-center">
      <h1 className="text-xl">There is no page at this address</h1>
      <p className="text-muted-fg">It may have been moved, or the link is incomplete.</p>
      <Link to="/" className="text-accent underline">
        Go to the dashboard
      </Link>
    </main>
  );
}
