import { Menu } from "@base-ui/react/menu";
import type { ReactNode } from "react";
import { classes } from "@/shared/lib/classes";

export function MenuPopup({ children }: { children: ReactNode }) {
  return (
    <Menu.Portal>
      <Menu.Positioner sideOffset={6} align="end" collisionPadding={8} className="z-50">
        <Menu.Popup className="min-w-44 rounded-card border border-line-hover bg-elevated p-1 shadow-float outline-none">
          {children}
        </Menu.Popup>
      </Menu.Positioner>
    </Menu.Portal>
  );
}

export function MenuItem({
  children,
  onClick,
  danger = false,
}: {
  children: ReactNode;
  onClick: () => void;
  danger?: boolean;
}) {
  return (
    <Menu.Item
      onClick={onClick}
      className={classes(
        "flex cursor-pointer items-center gap-2 rounded-control px-2.5 py-1.5 outline-none data-[highlighted]:bg-line-hover",
        danger ? "text-danger" : "text-primary",
      )}
    >
      {children}
    </Menu.Item>
  );
}
