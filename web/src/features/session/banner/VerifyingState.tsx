import { Menu } from "@base-ui/react/menu";
import { Check, Clock, Ellipsis } from "lucide-react";
import { clockTime, timeAgo } from "@/shared/lib/time";
import { useNow } from "@/shared/lib/useNow";
import { Button, IconButton } from "@/shared/ui/Button";
import { MenuItem, MenuPopup } from "@/shared/ui/Menu";
import type { BannerOf } from "../model/banner";
import { BannerHead, BannerText } from "./BannerHead";
import { DidNotWork } from "./DidNotWork";
import { sending, type StateActions } from "./state";

/** The fix was run, and the pilot waits to hear how it went. There is no time limit. */
export function VerifyingState({ view, ...actions }: { view: BannerOf<"verifying"> } & StateActions) {
  const { run, running, openNote } = actions;
  const now = useNow();
  return (
    <BannerHead
      tone="warning"
      pulse
      icon={Clock}
      label="Verifying"
      chip={`Applied ${clockTime(view.appliedAt, now)} · ${timeAgo(view.appliedAt, now)}`}
      title={`Did “${view.title}” work?`}
      actions={
        <>
          <Menu.Root>
            <Menu.Trigger render={<IconButton label="More outcomes" disabled={running !== null} />}>
              <Ellipsis aria-hidden className="size-4" />
            </Menu.Trigger>
            <MenuPopup>
              <MenuItem onClick={() => openNote("applied_partial")}>Partial…</MenuItem>
              <MenuItem onClick={() => run({ kind: "outcome", outcome: "dismissed" })}>Dismiss</MenuItem>
            </MenuPopup>
          </Menu.Root>
          <DidNotWork {...actions} />
          <Button
            tone="success"
            onClick={() => run({ kind: "outcome", outcome: "applied_success" })}
            {...sending(running, "outcome", "applied_success")}
          >
            <Check aria-hidden className="size-3.5" />
            It worked
          </Button>
        </>
      }
    >
      <BannerText>
        Say how it went, so that the pilot can close with this as the resolution or propose something else.
      </BannerText>
    </BannerHead>
  );
}
