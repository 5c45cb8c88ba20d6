import { Ellipsis } from "lucide-react";
import { lazy, Suspense, useRef, useState, type KeyboardEvent } from "react";
import { IconButton } from "./Button";

export interface MenuAction {
  label: string;
  run: () => void;
  danger?: boolean;
}

interface Props {
  label: string;
  items: MenuAction[];
  disabled?: boolean;
}

const load = () => import("./OpenMenu");
const OpenMenu = lazy(load);

/** Three dots that open a list of actions. The list's code is loaded when somebody reaches for it, not with the page. */
export function ActionMenu({ label, items, disabled = false }: Props) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const reachedFor = () => void load();

  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    setOpen(true);
  }

  return (
    <>
      <IconButton
        ref={button}
        label={label}
        disabled={disabled}
        aria-haspopup="menu"
        aria-expanded={open}
        onPointerEnter={reachedFor}
        onFocus={reachedFor}
        onClick={() => setOpen(!open)}
        onKeyDown={onKeyDown}
      >
        <Ellipsis aria-hidden className="size-4" />
      </IconButton>
      {open && (
        <Suspense>
          <OpenMenu label={label} items={items} anchor={button} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
