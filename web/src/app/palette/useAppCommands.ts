import { Keyboard, LayoutDashboard, LogOut, Moon, ShieldCheck, Sun } from "lucide-react";
import { useMemo } from "react";
import { useNavigate } from "react-router";
import { useLogout } from "@/auth/useLogout";
import { useTheme } from "@/shared/lib/theme";
import { showOverlay, usePaletteCommands, type Command } from "@/shared/palette/commandStore";

const group = "General";

/** What can be done on every page. */
export function useAppCommands(): void {
  const navigate = useNavigate();
  const { theme, toggle } = useTheme();
  const logout = useLogout();
  const commands = useMemo<Command[]>(
    () => [
      {
        id: "dashboard",
        label: "Go to the dashboard",
        keywords: "home queue tickets start",
        group,
        icon: LayoutDashboard,
        shortcut: "d",
        run: () => void navigate("/"),
      },
      {
        id: "security",
        label: "Go to security",
        keywords: "two-factor password sign-ins devices account",
        group,
        icon: ShieldCheck,
        run: () => void navigate("/account/security"),
      },
      {
        id: "theme",
        label: theme === "dark" ? "Use the light theme" : "Use the dark theme",
        keywords: "appearance colours",
        group,
        icon: theme === "dark" ? Sun : Moon,
        run: toggle,
      },
      {
        id: "shortcuts",
        label: "Show the keyboard shortcuts",
        keywords: "help keys ?",
        group,
        icon: Keyboard,
        run: () => showOverlay("shortcuts"),
      },
      {
        id: "logout",
        label: "Log out",
        keywords: "sign out leave",
        group,
        icon: LogOut,
        run: logout,
      },
    ],
    [navigate, theme, toggle, logout],
  );
  usePaletteCommands(commands);
}
