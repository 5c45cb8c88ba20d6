import { LayoutDashboard, LogOut, Moon, Sun, Workflow } from "lucide-react";
import type { ComponentType } from "react";
import { Link, Outlet, useLocation } from "react-router";
import { useMe } from "@/auth/useMe";
import { useLogout } from "@/auth/useLogout";
import { classes } from "@/shared/lib/classes";
import { useTheme } from "@/shared/lib/theme";
import { Logo } from "@/shared/ui/Logo";

const railItem =
  "flex h-10 w-full items-center gap-3 overflow-hidden rounded-control px-3 text-muted-fg transition-colors duration-150 hover:bg-elevated hover:text-heading max-sm:w-10 max-sm:justify-center max-sm:px-0";

/** Icon rail and the page beside it. The rail opens to its labels under the pointer or the keyboard; on a phone it is a top bar. */
export function AppShell() {
  const { pathname } = useLocation();
  const me = useMe();
  const logout = useLogout();
  const { theme, toggle } = useTheme();
  const themeLabel = theme === "dark" ? "Light theme" : "Dark theme";

  return (
    <div className="flex h-full max-sm:flex-col">
      <a
        href="#content"
        className="absolute left-2 top-2 z-50 -translate-y-16 rounded-control bg-accent px-3 py-1.5 text-on-color focus:translate-y-0"
      >
        Skip to content
      </a>
      <div className="relative w-16 shrink-0 max-sm:h-12 max-sm:w-full">
        <nav
          aria-label="Main"
          className={classes(
            "group absolute inset-y-0 left-0 z-40 flex w-16 flex-col gap-1 overflow-hidden border-r border-line bg-sidebar px-2 py-3 transition-[width] duration-200",
            "hover:w-[260px] has-[:focus-visible]:w-[260px]",
            "max-sm:w-full max-sm:flex-row max-sm:items-center max-sm:border-b max-sm:border-r-0 max-sm:py-1 max-sm:hover:w-full max-sm:has-[:focus-visible]:w-full",
          )}
        >
          <Link
            to="/"
            aria-label="ResolutionFlow, dashboard"
            className="mb-2 flex h-10 items-center gap-3 px-2 max-sm:mb-0"
          >
            <Logo className="size-8 shrink-0" />
            <RailLabel className="font-heading font-semibold text-heading">ResolutionFlow</RailLabel>
          </Link>
          <RailLink to="/" icon={LayoutDashboard} label="Dashboard" current={pathname === "/"} />
          {pathname.startsWith("/pilot/") && (
            <RailLink to={pathname} icon={Workflow} label="Session" current />
          )}
          <div className="flex-1" />
          <button
            type="button"
            onClick={toggle}
            aria-label={themeLabel}
            title={themeLabel}
            className={railItem}
          >
            {theme === "dark" ? (
              <Sun aria-hidden className="size-4.5 shrink-0" />
            ) : (
              <Moon aria-hidden className="size-4.5 shrink-0" />
            )}
            <RailLabel>{themeLabel}</RailLabel>
          </button>
          <button
            type="button"
            onClick={logout}
            aria-label="Log out"
            title={me.data ? `Log out ${me.data.email}` : "Log out"}
            className={railItem}
          >
            <LogOut aria-hidden className="size-4.5 shrink-0" />
            <RailLabel>Log out</RailLabel>
          </button>
        </nav>
      </div>
      <div id="content" tabIndex={-1} className="flex min-h-0 min-w-0 flex-1 flex-col outline-none">
        <Outlet />
      </div>
    </div>
  );
}

interface RailLinkProps {
  to: string;
  icon: ComponentType<{ className?: string; "aria-hidden"?: boolean }>;
  label: string;
  current: boolean;
}

function RailLink({ to, icon: Icon, label, current }: RailLinkProps) {
  return (
    <Link
      to={to}
      aria-label={label}
      aria-current={current ? "page" : undefined}
      title={label}
      className={classes(railItem, current && "bg-elevated text-heading")}
    >
      <Icon aria-hidden className="size-4.5 shrink-0" />
      <RailLabel>{label}</RailLabel>
    </Link>
  );
}

function RailLabel({ children, className }: { children: string; className?: string }) {
  return (
    <span
      className={classes(
        "whitespace-nowrap opacity-0 transition-opacity duration-150 group-hover:opacity-100 group-has-[:focus-visible]:opacity-100 max-sm:hidden",
        className,
      )}
    >
      {children}
    </span>
  );
}
