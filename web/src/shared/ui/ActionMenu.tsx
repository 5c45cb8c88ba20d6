import { Ellipsis } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useWhenIdle } from "@/shared/lib/useWhenIdle";
import { IconButton } from "./Button";

export interface MenuAction {
  label: string;
  run: () => void;
  danger?: boolean;
}

export interface ActionMenuProps {
  label: string;
  items: MenuAction[];
  disabled?: boolean;
}

const OpenableMenu = lazy(() => import("./OpenableMenu"));

/** Three dots that open a list of actions. The page is usable before the menu's code is loaded; a click waits for it. */
export function ActionMenu(props: ActionMenuProps) {
  const [clicked, setClicked] = useState(false);
  const idle = useWhenIdle();
  const button = (
    <IconButton
      label={props.label}
      disabled={props.disabled}
      aria-haspopup="menu"
      aria-expanded={false}
      onClick={() => setClicked(true)}
    >
      <Ellipsis aria-hidden className="size-4" />
    </IconButton>
  );
  if (!idle && !clicked) return button;
  return (
    <Suspense fallback={button}>
      <OpenableMenu {...props} defaultOpen={clicked} />
    </Suspense>
  );
}
