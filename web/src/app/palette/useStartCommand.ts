import { Plus } from "lucide-react";
import { useStartSession } from "@/features/dashboard/useStartSession";
import { showOverlay, type Command } from "@/shared/palette/commandStore";

/** Starts a session from what was typed. The palette stays until it has started, so that a refusal loses no word. */
export function useStartCommand(typed: string): { command: Command | null; busy: boolean; error: unknown } {
  const start = useStartSession();
  const text = typed.trim();
  const command: Command = {
    id: "start",
    label: `Start a session: “${text}”`,
    group: "Start",
    icon: Plus,
    staysOpen: true,
    run: () => {
      if (!start.isPending) start.mutate({ text }, { onSuccess: () => showOverlay(null) });
    },
  };
  return { command: text === "" ? null : command, busy: start.isPending, error: start.error };
}
