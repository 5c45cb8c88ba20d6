/** Says that the model is not reached and the playbook stands in. */
export function DegradedBar({ reason }: { reason: string | null | undefined }) {
  if (!reason) return null;
  return (
    <p
      role="status"
      className="shrink-0 border-b border-line bg-warning/10 px-5 py-1 text-[12.5px] text-warning"
    >
      The playbook answers for now: {reason}
    </p>
  );
}
