import { useCallback } from "react";
import { openCodec } from "@/api/generated";
import { asProblem } from "@/api/problem";
import { announce } from "@/shared/lib/announce";

/** Opens Temporal's UI in a tab of its own, after this browser was given the cookie with which it reads histories. */
export function useOpenTemporal(): () => void {
  return useCallback(() => {
    // At once: a tab that opens later than the click is taken for an advertisement.
    const tab = window.open("about:blank", "_blank");
    void openCodec({ throwOnError: true })
      .then(({ data }) => {
        if (tab) tab.location.replace(data.temporal_ui_url);
        else window.location.assign(data.temporal_ui_url);
      })
      .catch((error: unknown) => {
        tab?.close();
        announce(asProblem(error).detail);
      });
  }, []);
}
