import { CircleCheck } from "lucide-react";
import { clockTime } from "@/shared/lib/time";
import { Button } from "@/shared/ui/Button";
import type { BannerOf } from "../model/banner";
import { BannerHead } from "./BannerHead";
import type { StateActions } from "./state";

/** The outcome is recorded; what is left is the note. */
export function WorkedState({ view, resolve }: { view: BannerOf<"worked"> } & StateActions) {
  return (
    <BannerHead
      tone="success"
      icon={CircleCheck}
      label="It worked"
      chip={view.verifiedAt ? `Confirmed ${clockTime(view.verifiedAt)}` : null}
      title={view.title}
      actions={
        <Button tone="success" onClick={resolve}>
          Preview the note
        </Button>
      }
    />
  );
}
