"""A session without a server: carries the playbook's replies from turn to turn as the product does."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from domain.flows import Flow
from domain.lane import merge_lane
from domain.markers import ParsedReply, parse_reply
from domain.pilot import (
    EngineerInput,
    FactView,
    FixView,
    FoundFlow,
    HistoryMessage,
    ItemAnswer,
    LaneItemView,
    TicketView,
    TurnContext,
)
from domain.playbook import next_reply
from domain.text import normalise_text
from domain.vocabulary import FixStatus, LaneItemKind, LaneItemStatus, MessageRole

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class Desk:
    """Say something, answer items, run fixes; `reply` is the last reply, parsed."""

    def __init__(
        self, flows: Sequence[Flow] = (), ticket: TicketView | None = None, summary: str | None = None
    ) -> None:
        self.flows = [FoundFlow(flow=flow, score=1 - place / 100) for place, flow in enumerate(flows)]
        self.ticket = ticket
        self.summary = summary
        self.lane: list[LaneItemView] = []
        self.facts: list[FactView] = []
        self.fixes: list[FixView] = []
        self.history: list[HistoryMessage] = []
        self.state: dict[str, object] | None = None
        self.reply: ParsedReply = ParsedReply(prose="")
        self.raw = ""
        self._last_id = 0

    # What the engineer does

    def say(self, *texts: str) -> ParsedReply:
        return self._turn(self.messages(*texts))

    def answer(self, text: str, answer: str) -> ParsedReply:
        return self.answer_all({text: answer})

    def answer_all(self, answers: dict[str, str]) -> ParsedReply:
        return self._turn(self.answers(answers))

    def skip(self, text: str) -> ParsedReply:
        return self._turn(self._items([ItemAnswer(item_id=self.item(text).id, skipped=True)]))

    def apply(self) -> None:
        self._set_fix(applied_at=NOON)

    def outcome(self, status: FixStatus) -> None:
        self._set_fix(status=status, applied_at=NOON, verified_at=NOON)

    # What is there

    def item(self, text: str) -> LaneItemView:
        return next(item for item in self.lane if normalise_text(item.text) == normalise_text(text))

    @property
    def open_questions(self) -> list[str]:
        return self._open(LaneItemKind.QUESTION)

    @property
    def open_checks(self) -> list[str]:
        return self._open(LaneItemKind.CHECK)

    @property
    def active_fix(self) -> FixView | None:
        return next(
            (fix for fix in self.fixes if not fix.superseded and fix.status is not FixStatus.DISMISSED), None
        )

    @property
    def fact_texts(self) -> list[str]:
        return [fact.text for fact in self.facts]

    def context(self, inputs: list[EngineerInput]) -> TurnContext:
        return TurnContext.model_validate(
            {
                "session_id": UUID(int=1),
                "problem_summary": self.summary,
                "history": self.history,
                "inputs": inputs,
                "lane": self.lane,
                "facts": self.facts,
                "fixes": self.fixes,
                "active_fix_id": self.active_fix.id if self.active_fix else None,
                "ticket": self.ticket,
                "flows": self.flows,
                "pilot_state": self.state,
            }
        )

    def _open(self, kind: LaneItemKind) -> list[str]:
        return [item.text for item in self.lane if item.kind is kind and item.status is LaneItemStatus.OPEN]

    def _id(self) -> UUID:
        self._last_id += 1
        return UUID(int=self._last_id + 1_000)

    def answers(self, answers: dict[str, str]) -> list[EngineerInput]:
        """The message that answering these items in the lane makes; checks get their answer as output."""
        return self._items(
            [
                ItemAnswer(item_id=item.id, output=answer)
                if item.kind is LaneItemKind.CHECK
                else ItemAnswer(item_id=item.id, answer=answer)
                for text, answer in answers.items()
                for item in [self.item(text)]
            ]
        )

    def messages(self, *texts: str) -> list[EngineerInput]:
        return [EngineerInput(message_id=self._id(), text=text) for text in texts]

    def _items(self, answers: list[ItemAnswer]) -> list[EngineerInput]:
        by_id = {answer.item_id: answer for answer in answers}
        self.lane = [
            item.model_copy(
                update={
                    "status": LaneItemStatus.SKIPPED if by_id[item.id].skipped else LaneItemStatus.ANSWERED,
                    "answer": by_id[item.id].answer,
                    "output": by_id[item.id].output,
                }
            )
            if item.id in by_id
            else item
            for item in self.lane
        ]
        text = "\n\n".join(
            f"{self._text(one.item_id)}\n{one.answer or one.output or 'Skipped.'}" for one in answers
        )
        return [EngineerInput(message_id=self._id(), text=text, answers=answers)]

    def _text(self, item_id: UUID) -> str:
        return next(item.text for item in self.lane if item.id == item_id)

    def _set_fix(self, **changes: object) -> None:
        active = self.active_fix
        assert active is not None
        self.fixes = [fix.model_copy(update=changes) if fix.id == active.id else fix for fix in self.fixes]

    def _turn(self, inputs: list[EngineerInput]) -> ParsedReply:
        result = next_reply(self.context(inputs))
        return self.store(inputs, result.raw_text, dict(result.pilot_state))

    def store(self, inputs: list[EngineerInput], raw: str, state: dict[str, object] | None) -> ParsedReply:
        """Take over a reply, as the end of a turn does."""
        self.raw = raw
        self.state = state if state is not None else self.state
        self.reply = parse_reply(raw)
        self.lane = merge_lane(self.lane, self.reply, self._id).items
        for promotion in self.reply.promotions:
            assert promotion.source_ref is None or promotion.source_ref in {item.id for item in self.lane}
            self.facts.append(FactView(id=self._id(), text=promotion.text, source_type=promotion.source_type))
        self._store_fix()
        self.history += [HistoryMessage(role=MessageRole.ENGINEER, text=one.text) for one in inputs]
        self.history.append(HistoryMessage(role=MessageRole.PILOT, text=self.reply.prose))
        return self.reply

    def _store_fix(self) -> None:
        fix = self.reply.suggested_fix
        active = self.active_fix
        if fix is None:
            return
        if active is not None and normalise_text(active.title) == normalise_text(fix.title):
            self._set_fix(description=fix.description, confidence_pct=fix.confidence_pct)
            return
        self.fixes = [
            one.model_copy(update={"superseded": True}) if active and one.id == active.id else one
            for one in self.fixes
        ]
        self.fixes.append(
            FixView(
                id=self._id(),
                title=fix.title,
                description=fix.description,
                confidence_pct=fix.confidence_pct,
                status=FixStatus.PROPOSED,
            )
        )
