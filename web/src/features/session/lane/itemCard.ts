import type { FactResource, ItemAnswerBody, LaneItemResource } from "@/api/generated";
import type { OutboxEntry } from "../composer/outbox";
import type { ItemDraft } from "./laneDrafts";

/** What a card can ask for. The same functions for every card and every drawing of it. */
export interface LaneActions {
  change: (itemId: string, patch: Partial<ItemDraft>) => void;
  submit: (answers: ItemAnswerBody[]) => void;
  takeBack: (entry: OutboxEntry) => void;
  /** An item is open again: what was said of it comes back into its fields. */
  reopened: (item: LaneItemResource) => void;
  openSpinOff: () => void;
  /** Comes with the scripts; until then a check that asks for it is a check without a button. */
  onOpenScriptBuilder?: () => void;
}

/** What the card of a lane item is given. */
export interface ItemCardProps {
  sessionId: string;
  item: LaneItemResource;
  draft: ItemDraft;
  actions: LaneActions;
  sending: boolean;
  readOnly: boolean;
  /** The fact that its answer became, if it stands. */
  fact: FactResource | null;
  failed: OutboxEntry | null;
}
