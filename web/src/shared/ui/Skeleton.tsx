import { classes } from "@/shared/lib/classes";

/** A grey stand-in of the size given by `className`; hidden from assistive technology. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={classes("animate-pulse-soft rounded-control bg-line", className)} />;
}

/** Several skeleton rows with one spoken label. */
export function SkeletonRows({
  rows,
  label,
  className = "h-14",
}: {
  rows: number;
  label: string;
  className?: string;
}) {
  return (
    <div role="status" aria-label={label} className="flex flex-col gap-2">
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} className={className} />
      ))}
    </div>
  );
}
