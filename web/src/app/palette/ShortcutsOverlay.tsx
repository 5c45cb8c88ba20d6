import { Dialog } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { Fragment } from "react";
import { allCommands, showOverlay, useCommandStore } from "@/shared/palette/commandStore";
import { modifierName } from "@/shared/palette/keys";
import { useSingleKeys } from "@/shared/palette/singleKeys";
import { IconButton } from "@/shared/ui/Button";
import { Kbd } from "@/shared/ui/Kbd";

/** All shortcuts: those that always work, and the single keys of what is on the page at the moment. */
export default function ShortcutsOverlay() {
  const open = useCommandStore(({ overlay }) => overlay === "shortcuts");
  const offers = useCommandStore((store) => store.offers);
  const singleKeys = useSingleKeys();
  const modifier = modifierName();
  const commands = allCommands(offers).filter(({ shortcut }) => shortcut);

  return (
    <Dialog.Root open={open} onOpenChange={(next) => showOverlay(next ? "shortcuts" : null)}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-50 bg-black/50" />
        <Dialog.Viewport className="fixed inset-0 z-50 flex items-center justify-center p-3">
          <Dialog.Popup className="flex max-h-full w-full max-w-[560px] flex-col rounded-card border border-line-hover bg-card shadow-float outline-none">
            <div className="flex items-center justify-between border-b border-line py-2.5 pl-4 pr-2.5">
              <Dialog.Title className="text-[15px]">Keyboard shortcuts</Dialog.Title>
              <Dialog.Close render={<IconButton label="Close the shortcuts" />}>
                <X aria-hidden className="size-4" />
              </Dialog.Close>
            </div>
            <div className="flex min-h-0 flex-col gap-5 overflow-y-auto px-4 py-4">
              <Section
                title="Everywhere"
                rows={[
                  { keys: [modifier, "K"], label: "Open the command palette" },
                  { keys: ["?"], label: "Show these shortcuts" },
                  { keys: ["Esc"], label: "Close what is open, or leave a text field" },
                ]}
              />
              <Section
                title="In the message field"
                rows={[
                  { keys: ["Enter"], label: "Send the message" },
                  { keys: [modifier, "Enter"], label: "Send the message" },
                  { keys: ["Shift", "Enter"], label: "New line" },
                ]}
              />
              {commands.length > 0 && (
                <Section
                  title="Outside of text fields"
                  rows={commands.map(({ shortcut = "", label }) => ({ keys: [shortcut], label }))}
                />
              )}
              <label className="flex items-center gap-2.5 border-t border-line pt-3 text-[13px]">
                <input
                  type="checkbox"
                  checked={singleKeys.enabled}
                  onChange={singleKeys.toggle}
                  className="size-4 accent-accent"
                />
                Single letters are shortcuts outside of text fields
              </label>
            </div>
          </Dialog.Popup>
        </Dialog.Viewport>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

interface ShortcutRow {
  keys: string[];
  label: string;
}

function Section({ title, rows }: { title: string; rows: ShortcutRow[] }) {
  return (
    <section aria-label={title}>
      <h3 className="label-caps pb-1.5 font-sans text-muted-fg">{title}</h3>
      <dl className="grid grid-cols-[1fr_auto] items-center gap-x-4 gap-y-1.5">
        {rows.map(({ keys, label }) => (
          <Fragment key={`${keys.join("+")} ${label}`}>
            <dt>{label}</dt>
            <dd className="flex justify-end gap-1">
              {keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dd>
          </Fragment>
        ))}
      </dl>
    </section>
  );
}
