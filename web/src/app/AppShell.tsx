import { useEffect, useRef } from "react";
import { Outlet, useLocation } from "react-router";
import { PaletteHost } from "./palette/PaletteHost";
import { Rail } from "./Rail";
import { RenameNotice } from "./RenameNotice";

/** The rail and the page beside it. */
export function AppShell() {
  const content = useRef<HTMLDivElement>(null);
  const { pathname } = useLocation();
  const shown = useRef(pathname);

  // The link or field that led here may be gone with its page: the keyboard goes on at the start of the new one.
  useEffect(() => {
    if (shown.current === pathname) return;
    shown.current = pathname;
    if (document.activeElement === document.body) content.current?.focus({ preventScroll: true });
  }, [pathname]);

  return (
    <div className="flex h-full max-sm:flex-col">
      <a
        href="#content"
        className="absolute left-2 top-2 z-50 -translate-y-16 rounded-control bg-accent px-3 py-1.5 text-on-color focus:translate-y-0"
      >
        Skip to content
      </a>
      <Rail />
      <div
        id="content"
        ref={content}
        tabIndex={-1}
        className="flex min-h-0 min-w-0 flex-1 flex-col outline-none"
      >
        <RenameNotice />
        <Outlet />
      </div>
      <PaletteHost />
    </div>
  );
}
