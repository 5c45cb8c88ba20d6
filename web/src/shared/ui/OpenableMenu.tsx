import { Menu } from "@base-ui/react/menu";
import { Ellipsis } from "lucide-react";
import { classes } from "@/shared/lib/classes";
import type { ActionMenuProps } from "./ActionMenu";
import { IconButton } from "./Button";

/** The menu itself. `defaultOpen`: somebody clicked before its code was there. */
export default function OpenableMenu({
  label,
  items,
  disabled,
  defaultOpen,
}: ActionMenuProps & { defaultOpen: boolean }) {
  return (
    <Menu.Root modal={false} defaultOpen={defaultOpen}>
      <Menu.Trigger render={<IconButton label={label} disabled={disabled} />}>
        <Ellipsis aria-hidden className="size-4" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={6} align="end" collisionPadding={8} className="z-50">
          <Menu.Popup className="min-w-44 rounded-card border border-line-hover bg-elevated p-1 shadow-float outline-none">
            {items.map((item) => (
              <Menu.Item
                key={item.label}
                onClick={item.run}
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
