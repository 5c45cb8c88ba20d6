"""The task lane: which items a reply creates, keeps open, reopens and sets aside."""

from collections.abc import Callable
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from domain.markers.reply import ParsedCheck, ParsedQuestion, ParsedReply
from domain.pilot import LaneItemView
from domain.text import normalise_text
from domain.vocabulary import LaneItemKind, LaneItemStatus


class LaneChange(BaseModel):
    """What one reply does to the lane.

    `items` is the lane afterwards as far as it was given (what was there in its order, then what is new); `created`,
    `reopened` and `kept` are those of it that the reply asked for, `set_aside` those it did not repeat.
    `changed` of the kept ones differ in more than their status (new options, another command).
    """

    model_config = ConfigDict(frozen=True)

    items: list[LaneItemView]
    created: list[LaneItemView] = Field(default_factory=list)
    reopened: list[LaneItemView] = Field(default_factory=list)
    kept: list[LaneItemView] = Field(default_factory=list)
    changed: list[LaneItemView] = Field(default_factory=list)
    set_aside: list[LaneItemView] = Field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """True when nothing has to be stored."""
        return not (self.created or self.reopened or self.changed or self.set_aside)


def lane_identity(kind: LaneItemKind, text: str) -> tuple[LaneItemKind, str]:
    """Two items with the same identity are one item."""
    return kind, normalise_text(text)


def merge_lane(current: list[LaneItemView], reply: ParsedReply, new_id: Callable[[], UUID]) -> LaneChange:
    """Apply a reply to the lane. Of `current` it needs the open items and those of `asked_identities`.

    - A reply that does not state the lane leaves it as it is.
    - An item asked again keeps its id, and takes over the new options, context, command, description and
      action.
    - An answered or skipped item that is asked again is open again: its answer and output are cleared here
      and stay in the conversation and in the facts made of them. An item that was set aside and is asked
      again is open again too.
    - An open item that the reply does not repeat is set aside, unless the reply was cut off inside its lane
      blocks: then nobody decided that.
    """
    if not reply.lane_stated:
        return LaneChange(items=list(current))
    asked = _asked(reply)
    items: list[LaneItemView] = []
    created: list[LaneItemView] = []
    reopened: list[LaneItemView] = []
    kept: list[LaneItemView] = []
    changed: list[LaneItemView] = []
    set_aside: list[LaneItemView] = []
    # An open item wins over a closed one of the same identity, should older data hold both.
    by_identity: dict[tuple[LaneItemKind, str], UUID] = {}
    for item in sorted(current, key=lambda one: one.status is not LaneItemStatus.OPEN):
        by_identity.setdefault(lane_identity(item.kind, item.text), item.id)

    for item in current:
        identity = lane_identity(item.kind, item.text)
        if by_identity[identity] == item.id and identity in asked:
            again = asked.pop(identity).model_copy(update={"id": item.id, "text": item.text})
            if item.status is not LaneItemStatus.OPEN:
                reopened.append(again)
            else:
                kept.append(again)
                if again != item:
                    changed.append(again)
            items.append(again)
        elif item.status is LaneItemStatus.OPEN and not reply.lane_cut_off:
            aside = item.model_copy(update={"status": LaneItemStatus.SET_ASIDE})
            set_aside.append(aside)
            items.append(aside)
        else:
            items.append(item)
    for wanted in asked.values():
        new = wanted.model_copy(update={"id": new_id()})
        created.append(new)
        items.append(new)
    return LaneChange(
        items=items, created=created, reopened=reopened, kept=kept, changed=changed, set_aside=set_aside
    )


def asked_identities(reply: ParsedReply) -> list[tuple[LaneItemKind, str]]:
    """What the reply asks for: items of these identities are asked again, others are new."""
    return list(_asked(reply))


def _asked(reply: ParsedReply) -> dict[tuple[LaneItemKind, str], LaneItemView]:
    asked: dict[tuple[LaneItemKind, str], LaneItemView] = {}
    for wanted in (*map(_from_question, reply.questions), *map(_from_check, reply.actions)):
        asked.setdefault(lane_identity(wanted.kind, wanted.text), wanted)
    return asked


_NO_ID = UUID(int=0)


def _from_question(question: ParsedQuestion) -> LaneItemView:
    return LaneItemView(
        id=_NO_ID,
        kind=LaneItemKind.QUESTION,
        text=question.text,
        status=LaneItemStatus.OPEN,
        context=question.context,
        options=question.options,
    )


def _from_check(check: ParsedCheck) -> LaneItemView:
    return LaneItemView(
        id=_NO_ID,
        kind=LaneItemKind.CHECK,
        text=check.label,
        status=LaneItemStatus.OPEN,
        command=check.command,
        description=check.description,
        action=check.action,
    )
