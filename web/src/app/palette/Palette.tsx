import { Autocomplete } from "@base-ui/react/autocomplete";
import { Dialog } from "@base-ui/react/dialog";
import { Search } from "lucide-react";
import { useRef } from "react";
import { bestMatches } from "@/shared/palette/match";
import {
  allCommands,
  commandGroups,
  showOverlay,
  typeIntoPalette,
  useCommandStore,
  type Command,
} from "@/shared/palette/commandStore";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { Spinner } from "@/shared/ui/Spinner";
import { Kbd } from "@/shared/ui/Kbd";
import { useSessionCommands } from "./useSessionCommands";
import { useStartCommand } from "./useStartCommand";

interface Group {
  value: string;
  items: Command[];
}

/** Everything that can be done here, found by words. */
export default function Palette() {
  const open = useCommandStore(({ overlay }) => overlay === "palette");
  // Run once the palette is gone, so that what it opens gets the focus, and gives it back to where it was before.
  const chosen = useRef<Command | null>(null);
  return (
    <Dialog.Root
      open={open}
      onOpenChange={(next) => showOverlay(next ? "palette" : null)}
      onOpenChangeComplete={(isOpen) => {
        const command = chosen.current;
        chosen.current = null;
        if (!isOpen) command?.run();
      }}
    >
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-50 bg-black/50" />
        <Dialog.Viewport className="fixed inset-0 z-50 flex items-start justify-center px-2 pt-[12vh] pb-2 max-sm:pt-2">
          <Dialog.Popup
            aria-label="Command palette"
            className="flex max-h-[min(560px,80dvh)] w-full max-w-[600px] flex-col overflow-hidden rounded-card border border-line-hover bg-card shadow-float outline-none"
          >
            <Finder
              onChoose={(command) => {
                if (command.staysOpen) return command.run();
                chosen.current = command;
                return showOverlay(null);
              }}
            />
          </Dialog.Popup>
        </Dialog.Viewport>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Finder({ onChoose }: { onChoose: (command: Command) => void }) {
  const typed = useCommandStore((store) => store.typed);
  const offers = useCommandStore((store) => store.offers);
  const sessions = useSessionCommands(typed);
  const start = useStartCommand(typed);
  const commands = bestMatches(typed, allCommands(offers), ({ label, group, keywords }) =>
    [label, group, keywords].join(" "),
  );
  const groups = grouped([...sessions.commands, ...commands, ...(start.command ? [start.command] : [])]);

  return (
    <Autocomplete.Root
      open
      inline
      mode="none"
      items={groups}
      value={typed}
      // Choosing an entry would write its name into the field: only what is typed belongs there.
      onValueChange={(value, { reason }) => reason !== "item-press" && typeIntoPalette(() => value)}
      itemToStringValue={(command: Command) => command.label}
      autoHighlight="always"
      keepHighlight
    >
      <div className="flex h-12 shrink-0 items-center gap-2.5 border-b border-line px-3.5">
        <Search aria-hidden className="size-4 shrink-0 text-muted-fg" />
        <Autocomplete.Input
          aria-label="What do you want to do?"
          placeholder="Type a command, a session, or a new problem"
          className="h-full min-w-0 flex-1 bg-transparent text-heading outline-none"
        />
        <Dialog.Close
          className="rounded-control text-muted-fg hover:text-heading"
          aria-label="Close the palette"
        >
          <Kbd>Esc</Kbd>
        </Dialog.Close>
      </div>
      <Autocomplete.List className="min-h-0 flex-1 overflow-y-auto p-1.5 outline-none empty:hidden">
        {(group: Group) => (
          <Autocomplete.Group key={group.value} items={group.items} className="pb-1.5">
            <Autocomplete.GroupLabel className="label-caps px-2.5 py-1.5 text-muted-fg">
              {group.value}
            </Autocomplete.GroupLabel>
            <Autocomplete.Collection>
              {(command: Command) => (
                <Entry key={command.id} command={command} onChoose={() => onChoose(command)} />
              )}
            </Autocomplete.Collection>
          </Autocomplete.Group>
        )}
      </Autocomplete.List>
      {start.busy && (
        <p role="status" className="flex shrink-0 items-center gap-2 px-3.5 py-2 text-[12.5px] text-muted-fg">
          <Spinner className="size-3.5" />
          Starting the session
        </p>
      )}
      {start.error != null && <ProblemNotice error={start.error} className="m-2 shrink-0" />}
      {sessions.note && (
        <p role="status" className="shrink-0 border-t border-line px-3.5 py-2 text-[12.5px] text-muted-fg">
          {sessions.note}
        </p>
      )}
    </Autocomplete.Root>
  );
}

function Entry({ command, onChoose }: { command: Command; onChoose: () => void }) {
  const Icon = command.icon;
  return (
    <Autocomplete.Item
      value={command}
      onClick={onChoose}
      className="flex min-h-9 cursor-pointer items-center gap-2.5 rounded-control px-2.5 py-1 text-primary outline-none data-[highlighted]:bg-elevated data-[highlighted]:text-heading"
    >
      {Icon && <Icon aria-hidden className="size-4 shrink-0 text-muted-fg" />}
      <span className="min-w-0 flex-1 truncate">{command.label}</span>
      {command.hint && (
        <span className="max-w-[40%] shrink-0 truncate text-[12.5px] text-muted-fg">{command.hint}</span>
      )}
      {command.shortcut && <Kbd>{command.shortcut}</Kbd>}
    </Autocomplete.Item>
  );
}

function grouped(commands: Command[]): Group[] {
  return commandGroups
    .map((value) => ({ value, items: commands.filter(({ group }) => group === value) }))
    .filter(({ items }) => items.length > 0);
}
