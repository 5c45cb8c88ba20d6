import { createBrowserRouter, Navigate } from "react-router";
import { LoginPage } from "@/auth/LoginPage";
import { RequireAuth } from "@/auth/RequireAuth";
import { AppShell } from "./AppShell";
import { AssistantRedirect } from "./AssistantRedirect";
import { startAccount, startSession } from "./headStart";
import { NotFoundPage } from "./NotFoundPage";
import { RouteError } from "./RouteError";

export const router = createBrowserRouter([
  { path: "/login", element: <LoginPage />, errorElement: <RouteError /> },
  {
    path: "/register",
    errorElement: <RouteError />,
    hydrateFallbackElement: <div role="status" aria-label="Loading" className="min-h-dvh bg-page" />,
    lazy: () => import("@/features/register/route"),
  },
  {
    path: "/shared/sessions/:token",
    errorElement: <RouteError />,
    hydrateFallbackElement: <div role="status" aria-label="Loading" className="min-h-dvh bg-page" />,
    lazy: () => import("@/features/shared/route"),
  },
  {
    element: <RequireAuth />,
    loader: startAccount,
    errorElement: <RouteError />,
    // Shown for the moment in which the code of the first page is loaded.
    hydrateFallbackElement: <div role="status" aria-label="Loading" className="min-h-dvh bg-page" />,
    children: [
      {
        element: <AppShell />,
        errorElement: <RouteError />,
        children: [
          { index: true, lazy: () => import("@/features/dashboard/route") },
          { path: "pilot", element: <Navigate replace to="/" /> },
          {
            path: "pilot/:sessionId",
            loader: startSession,
            lazy: () => import("@/features/session/route"),
          },
          { path: "account/security", lazy: () => import("@/features/security/route") },
          { path: "assistant", element: <AssistantRedirect /> },
          { path: "assistant/:sessionId", element: <AssistantRedirect /> },
          { path: "*", element: <NotFoundPage /> },
        ],
      },
    ],
  },
]);
