import { Menu } from "@base-ui/react/menu";
import { Ellipsis } from "lucide-react";
import { IconButton } from "@/shared/ui/Button";
import { MenuItem, MenuPopup } from "@/shared/ui/Menu";

export interface MenuAction {
  label: string;
  run: () => void;
  danger?: boolean;
}

export function MoreActions({ items }: { items: MenuAction[] }) {
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger render={<IconButton label="More actions" />}>
        <Ellipsis aria-hidden className="size-4" />
      </Menu.Trigger>
      <MenuPopup>
        {items.map(({ label, run, danger }) => (
          <MenuItem key={label} onClick={run} danger={danger}>
            {label}
          </MenuItem>
        ))}
      </MenuPopup>
    </Menu.Root>
  );
}
