import { Menu } from "@base-ui/react/menu";
import { useRef, type RefObject } from "react";
import { classes } from "@/shared/lib/classes";
import type { MenuAction } from "./ActionMenu";

interface Props {
  label: string;
  items: MenuAction[];
  /** The button it hangs from; the focus goes back there. */
  anchor: RefObject<HTMLButtonElement | null>;
  onClose: () => void;
}

/** The open list of an `ActionMenu`. */
export default function OpenMenu({ label, items, anchor, onClose }: Props) {
  // What an action opens takes the focus itself; the button must not take it back.
  const chosen = useRef(false);
  return (
    <Menu.Root
      open
      modal={false}
      onOpenChange={(open, { reason, event }) => {
        // A press on the button is for the button to answer.
        const onButton = event.target instanceof Node && anchor.current?.contains(event.target);
        if (!open && !(reason === "outside-press" && onButton)) onClose();
      }}
    >
      <Menu.Portal>
        <Menu.Positioner anchor={anchor} sideOffset={6} align="end" collisionPadding={8} className="z-50">
          <Menu.Popup
            aria-label={label}
            finalFocus={() => (chosen.current ? false : anchor.current)}
            className="min-w-44 rounded-card border border-line-hover bg-elevated p-1 shadow-float outline-none"
          >
            {items.map((item) => (
              <Menu.Item
                key={item.label}
                onClick={() => {
                  chosen.current = true;
                  item.run();
                }}
                className={classes(
                  "flex cursor-pointer items-center gap-2 rounded-control px-2.5 py-1.5 outline-none data-[highlighted]:bg-line-hover",
                  item.danger ? "text-danger" : "text-primary",
                )}
              >
                {item.label}
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
