import { Popover } from "@base-ui/react/popover";
import { X } from "lucide-react";
import { useRef, useState, type ReactNode, type RefObject } from "react";
import { IconButton } from "@/shared/ui/Button";
import { classes } from "@/shared/lib/classes";

interface Props {
  title: string;
  /** One line below the title. */
  subtitle?: ReactNode;
  closeLabel?: string;
  /** What it hangs from. It stays on the page while the buttons in it change. */
  anchor: RefObject<HTMLElement | null>;
  onClose: () => void;
  /** The field the focus goes to; without one it is the panel itself. */
  firstField?: RefObject<HTMLElement | null>;
  /** Stands beside the button that closes. */
  actions?: ReactNode;
  footer?: ReactNode;
  wide?: boolean;
  children: ReactNode;
}

/**
 * Floats over the page and leaves it usable: looking something up beside it closes nothing. Escape and its button close it, and the
 * focus goes back to where it was. On a phone it is a sheet at the bottom.
 */
export function FloatingPanel({
  title,
  subtitle,
  closeLabel = "Close",
  anchor,
  onClose,
  firstField,
  actions,
  footer,
  wide = false,
  children,
}: Props) {
  const popup = useRef<HTMLDivElement>(null);
  const [opener] = useState(() => document.activeElement as HTMLElement | null);

  function backTo(): HTMLElement | null {
    if (opener?.isConnected && opener !== document.body && opener.getClientRects().length > 0) return opener;
    // It is gone: it was an item of the menu, or its button turned into another.
    const fromMenu = opener?.role === "menuitem";
    return anchor.current?.querySelector<HTMLElement>(fromMenu ? "[aria-haspopup=menu]" : "button") ?? null;
  }

  return (
    <Popover.Root
      open
      onOpenChange={(next, details) => {
        if (!next && details.reason !== "outside-press" && details.reason !== "focus-out") onClose();
      }}
    >
      <Popover.Portal>
        <Popover.Positioner
          anchor={anchor}
          side="bottom"
          align="end"
          sideOffset={8}
          collisionPadding={8}
          className={classes(
            "z-40",
            "max-sm:fixed! max-sm:inset-x-0! max-sm:top-auto! max-sm:bottom-0! max-sm:transform-none!",
          )}
        >
          <Popover.Popup
            ref={popup}
            initialFocus={firstField ?? popup}
            finalFocus={backTo}
            className={classes(
              "flex max-h-[min(720px,var(--available-height))] animate-fade flex-col rounded-card border border-line-hover bg-card shadow-float outline-none",
              "max-sm:max-h-[85dvh] max-sm:w-full max-sm:rounded-b-none max-sm:border-x-0 max-sm:border-b-0",
              wide ? "w-[min(560px,calc(100vw-16px))]" : "w-[min(440px,calc(100vw-16px))]",
            )}
          >
            <header className="flex items-start gap-2 border-b border-line px-4 py-3">
              <div className="min-w-0 flex-1">
                <Popover.Title className="text-[15px]">{title}</Popover.Title>
                {subtitle && <div className="text-[12.5px] break-words text-muted-fg">{subtitle}</div>}
              </div>
              {actions}
              <Popover.Close render={<IconButton label={closeLabel} />}>
                <X aria-hidden className="size-4" />
              </Popover.Close>
            </header>
            <div
              role="group"
              aria-label={title}
              // It scrolls, so the keyboard must get into it.
              // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
              tabIndex={0}
              className="flex min-h-0 flex-1 flex-col gap-3 overflow-y-auto px-4 py-3"
            >
              {children}
            </div>
            {footer && (
              <footer className="flex flex-col gap-2.5 border-t border-line px-4 py-3">{footer}</footer>
            )}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
