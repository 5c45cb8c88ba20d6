import type { ReactNode } from "react";
import { classes } from "@/shared/lib/classes";

const tones = {
  info: "border-info/30 bg-info/10",
  warning: "border-warning/30 bg-warning/10",
  success: "border-success/30 bg-success/10",
};

/** A sentence that must be seen and is no error, with what can be done about it. */
export function QuietNotice({
  tone = "info",
  children,
  actions,
}: {
  tone?: keyof typeof tones;
  children: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <div
      role="status"
      className={classes(
        "flex flex-wrap items-center gap-2 rounded-card border px-3 py-2 text-[13px]",
        tones[tone],
      )}
    >
      <div className="min-w-[160px] flex-1 break-words">{children}</div>
      {actions}
    </div>
  );
}
