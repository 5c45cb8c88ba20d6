import { Navigate, useParams } from "react-router";

/** The troubleshooting screen once lived at `/assistant`; its links lead to the one surface for good. */
export function Component() {
  const { sessionId = "" } = useParams();
  return <Navigate replace to={`/pilot/${encodeURIComponent(sessionId)}`} />;
}
