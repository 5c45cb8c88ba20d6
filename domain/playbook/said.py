"""What the engineer said in one turn, sorted by what it refers to."""

from collections.abc import Iterator

from domain.flows import ActionNode
from domain.lane import lane_identity
from domain.markers.reply import MAX_TEXT
from domain.pilot import ItemAnswer, LaneItemView, TurnContext
from domain.text import clean_text, clip, normalise_text
from domain.vocabulary import LaneItemKind, LaneItemStatus


class Said:
    """Answers by lane item (the last one counts) and plain messages, newest last.

    The text of a message that answers lane items repeats those answers, so only its answers are read.
    """

    def __init__(self, context: TurnContext) -> None:
        self._lane = {item.id: item for item in context.lane}
        self._by_identity = {lane_identity(item.kind, item.text): item for item in context.lane}
        self.answers: dict[str, tuple[LaneItemView, ItemAnswer]] = {}
        for message in context.inputs:
            for answer in message.answers:
                if item := self._lane.get(answer.item_id):
                    self.answers[str(item.id)] = (item, answer)
        self.messages = [
            text
            for message in context.inputs
            if not message.answers and (text := clean_text(message.text).strip())
        ]

    @property
    def message(self) -> str:
        return "\n".join(self.messages)

    def item(self, kind: LaneItemKind, text: str) -> LaneItemView | None:
        """The lane item that asks `text`."""
        return self._by_identity.get(lane_identity(kind, clip(text, MAX_TEXT)))

    def take(self, item: LaneItemView | None) -> ItemAnswer | None:
        """The answer given to `item` in this turn, once."""
        found = self.answers.pop(str(item.id), None) if item else None
        return found[1] if found else None

    def open_items(self) -> list[LaneItemView]:
        return [item for item in self._lane.values() if item.status is LaneItemStatus.OPEN]

    def message_without(self, phrase: str) -> str:
        """The plain messages, without a phrase that they quote (a fix's title may itself say "fixed")."""
        return " ".join(normalise_text(self.message).replace(normalise_text(phrase), " ").split())


def check_labels(node: ActionNode) -> Iterator[tuple[str, str | None, str | None]]:
    """The checks of an action as label, command and description; one without commands is done by hand."""
    expected = f"Expected: {node.expected_outcome}" if node.expected_outcome else ""
    description = "\n".join(part for part in (node.description, expected) if part) or None
    if not node.commands:
        yield node.title, None, description
    for number, command in enumerate(node.commands, start=1):
        if len(node.commands) == 1:
            label = node.title
        else:
            label = f"{node.title}: {command.label}" if command.label else f"{node.title} ({number})"
        yield label, command.code, description if number == 1 else None
