import { useEffect } from "react";
import { Navigate, useParams } from "react-router";
import { useRenameNotice } from "./renameNotice";

/** The troubleshooting screen once lived at `/assistant`; its links lead to the one surface for good. */
export function AssistantRedirect() {
  const { sessionId } = useParams();
  const arrive = useRenameNotice((notice) => notice.arrive);
  useEffect(arrive, [arrive]);
  return <Navigate replace to={sessionId ? `/pilot/${encodeURIComponent(sessionId)}` : "/pilot"} />;
}
