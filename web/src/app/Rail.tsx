import {
  History,
  Keyboard,
  LayoutDashboard,
  LogOut,
  MessagesSquare,
  Moon,
  PanelLeft,
  PanelLeftClose,
  Search,
  ShieldCheck,
  Sun,
  type LucideIcon,
} from "lucide-react";
import { Link, useLocation } from "react-router";
import { useLogout } from "@/auth/useLogout";
import { useMe } from "@/auth/useMe";
import { classes } from "@/shared/lib/classes";
import { useTheme } from "@/shared/lib/theme";
import { useMediaQuery } from "@/shared/lib/useMediaQuery";
import { showOverlay } from "@/shared/palette/commandStore";
import { modifierName } from "@/shared/palette/keys";
import { Logo } from "@/shared/ui/Logo";
import { roomForSessionList, useSessionsSheet } from "@/shared/lib/sessionsSheet";
import { useOpenTemporal } from "./useOpenTemporal";
import { usePinnedRail } from "./usePinnedRail";

const item =
  "flex h-10 w-full shrink-0 items-center gap-3 overflow-hidden rounded-control px-3 text-muted-fg transition-colors duration-150 hover:bg-elevated hover:text-heading max-sm:w-10 max-sm:justify-center max-sm:px-0";

/** Icons at the left edge. It opens to its labels under the pointer or the keyboard, stays open when pinned, and is a top bar on a phone. */
export function Rail() {
  const { pathname } = useLocation();
  const me = useMe();
  const logout = useLogout();
  const openTemporal = useOpenTemporal();
  const { theme, toggle } = useTheme();
  const { pinned: wantsPinned, toggle: togglePin } = usePinnedRail();
  // Pinned, it takes its width from the page; a narrow one has none to give.
  const pinnable = useMediaQuery("(min-width: 1100px)");
  const pinned = wantsPinned && pinnable;
  const listIsThere = useMediaQuery(roomForSessionList);
  const openSheet = useSessionsSheet((sheet) => sheet.show);
  const inSession = pathname.startsWith("/pilot/");

  return (
    <div className={classes("relative shrink-0 max-sm:h-12 max-sm:w-full", pinned ? "w-[260px]" : "w-16")}>
      <nav
        aria-label="Main"
        data-open={pinned || undefined}
        className={classes(
          "group absolute inset-y-0 left-0 z-40 flex flex-col gap-1 overflow-x-hidden overflow-y-auto border-r border-line bg-sidebar px-2 py-3 transition-[width] duration-200",
          pinned ? "w-[260px]" : "w-16 hover:w-[260px] has-[:focus-visible]:w-[260px]",
          "max-sm:w-full max-sm:flex-row max-sm:items-center max-sm:overflow-visible max-sm:border-b max-sm:border-r-0 max-sm:py-1 max-sm:hover:w-full max-sm:has-[:focus-visible]:w-full",
        )}
      >
        <Link
          to="/"
          aria-label="ResolutionFlow, dashboard"
          className="mb-2 flex h-10 shrink-0 items-center gap-3 px-2 max-sm:mb-0"
        >
          <Logo className="size-8 shrink-0" />
          <Label className="font-heading font-semibold text-heading">ResolutionFlow</Label>
        </Link>
        <RailLink to="/" icon={LayoutDashboard} label="Dashboard" current={pathname === "/"} />
        {inSession &&
          (listIsThere ? (
            <RailLink to={pathname} icon={MessagesSquare} label="Session" current />
          ) : (
            <RailButton icon={MessagesSquare} label="Sessions" opensDialog onClick={openSheet} />
          ))}
        <RailButton
          icon={Search}
          label="Command palette"
          hint={`${modifierName()} K`}
          opensDialog
          onClick={() => showOverlay("palette")}
        />
        <div className="flex-1" />
        {me.data?.permissions.includes("operate") && (
          <RailButton icon={History} label="Temporal UI" onClick={openTemporal} />
        )}
        <RailButton
          icon={Keyboard}
          label="Keyboard shortcuts"
          hint="?"
          opensDialog
          className="max-sm:hidden"
          onClick={() => showOverlay("shortcuts")}
        />
        <RailButton
          icon={theme === "dark" ? Sun : Moon}
          label={theme === "dark" ? "Light theme" : "Dark theme"}
          onClick={toggle}
        />
        <RailLink
          to="/account/security"
          icon={ShieldCheck}
          label="Security"
          current={pathname === "/account/security"}
        />
        <RailButton
          icon={LogOut}
          label="Log out"
          title={me.data && `Log out ${me.data.email}`}
          onClick={logout}
        />
        {pinnable && (
          <RailButton
            icon={pinned ? PanelLeftClose : PanelLeft}
            label="Keep the menu open"
            pressed={pinned}
            onClick={togglePin}
          />
        )}
      </nav>
    </div>
  );
}

interface RailLinkProps {
  to: string;
  icon: LucideIcon;
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
      className={classes(item, current && "bg-elevated text-heading")}
    >
      <Icon aria-hidden className="size-4.5 shrink-0" />
      <Label>{label}</Label>
    </Link>
  );
}

interface RailButtonProps {
  icon: LucideIcon;
  label: string;
  onClick: () => void;
  title?: string;
  hint?: string;
  pressed?: boolean;
  opensDialog?: boolean;
  className?: string;
}

function RailButton({
  icon: Icon,
  label,
  onClick,
  title,
  hint,
  pressed,
  opensDialog,
  className,
}: RailButtonProps) {
  return (
    <button
      type="button"
      onClick={onClick}
      aria-label={label}
      aria-pressed={pressed}
      aria-haspopup={opensDialog ? "dialog" : undefined}
      title={title ?? label}
      className={classes(item, className)}
    >
      <Icon aria-hidden className="size-4.5 shrink-0" />
      <Label className="flex-1 text-left">{label}</Label>
      {hint && <Label className="font-mono text-[11px]">{hint}</Label>}
    </button>
  );
}

function Label({ children, className }: { children: string; className?: string }) {
  return (
    <span
      className={classes(
        "whitespace-nowrap opacity-0 transition-opacity duration-150 group-hover:opacity-100 group-has-[:focus-visible]:opacity-100 group-data-open:opacity-100 max-sm:hidden",
        className,
      )}
    >
      {children}
    </span>
  );
}
