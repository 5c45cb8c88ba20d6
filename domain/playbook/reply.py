"""Puts a reply together in the pilot's format."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from domain.markers import BlockName, render_block, without_tags
from domain.markers.reply import MAX_CHECKS, MAX_QUESTIONS, MAX_SUMMARY, MAX_TEXT
from domain.pilot import FactView, FixView, LaneItemView
from domain.text import clip, normalise_text
from domain.vocabulary import FactSource, LaneAction, LaneItemKind, LaneItemStatus, ProposedOutcome


class ReplyBuilder:
    """Collects what a reply says. Items beyond the format's limits are left out, the own ones come first."""

    def __init__(self, known_facts: Iterable[FactView]) -> None:
        self._known = {normalise_text(fact.text) for fact in known_facts}
        self._sentences: list[str] = []
        self._questions: dict[str, dict[str, Any]] = {}
        self._checks: dict[str, dict[str, Any]] = {}
        self._promotions: list[dict[str, Any]] = []
        self._fix: dict[str, Any] | None = None
        self._outcome: dict[str, Any] | None = None
        self._lane_is_silent = False

    def say(self, sentence: str) -> None:
        self._sentences.append(" ".join(without_tags(sentence).split()))

    def ask(self, text: str, context: str | None = None, options: list[str] | None = None) -> None:
        text = clip(text, MAX_TEXT)
        question = {"text": text, "context": context, "options": options}
        self._questions.setdefault(normalise_text(text), question)

    def check(
        self,
        label: str,
        command: str | None = None,
        description: str | None = None,
        action: LaneAction | None = None,
    ) -> None:
        label = clip(label, MAX_TEXT)
        check = {"label": label, "command": command, "description": description, "action": action}
        self._checks.setdefault(normalise_text(label), check)

    def promote(
        self, source_type: FactSource, source_ref: UUID | None, text: str, summary: str | None = None
    ) -> None:
        """A fact, unless the session knows it already."""
        text = clip(text, MAX_TEXT)
        if normalise_text(text) in self._known:
            return
        self._known.add(normalise_text(text))
        self._promotions.append(
            {
                "source_type": source_type,
                "source_ref": str(source_ref) if source_ref else None,
                "text": text,
                "summary": clip(summary, MAX_SUMMARY) if summary else None,
            }
        )

    def suggest(
        self, title: str, description: str, confidence: int, script_template_slug: str | None
    ) -> None:
        self._fix = {
            "title": title,
            "description": description,
            "confidence": confidence,
            "script_template_slug": script_template_slug,
        }

    def propose_outcome(self, fix: FixView, outcome: ProposedOutcome, reason: str) -> None:
        reason = clip(" ".join(reason.split()), MAX_TEXT)
        self._outcome = {"fix_id": str(fix.id), "outcome": outcome, "reason": reason}

    def repeat(self, items: Iterable[LaneItemView]) -> None:
        """Ask open items again, so that they stay open."""
        for item in items:
            if item.status is not LaneItemStatus.OPEN:
                continue
            if item.kind is LaneItemKind.QUESTION:
                self.ask(item.text, item.context, item.options)
            else:
                self.check(item.text, item.command, item.description, item.action)

    def leave_lane(self, items: Iterable[LaneItemView]) -> None:
        """Leave the lane exactly as it is:

        repeat it, or say nothing of it when it is longer than a reply may be.
        """
        self.repeat(items)
        self._lane_is_silent = len(self._questions) > MAX_QUESTIONS or len(self._checks) > MAX_CHECKS

    def render(self) -> str:
        """The raw reply."""
        parts = [" ".join(self._sentences)]
        parts += [render_block(BlockName.PROMOTE, _given(fact)) for fact in self._promotions]
        if not self._lane_is_silent:
            questions = list(map(_given, self._questions.values()))[:MAX_QUESTIONS]
            checks = list(map(_given, self._checks.values()))[:MAX_CHECKS]
            if questions or not checks:
                parts.append(render_block(BlockName.QUESTIONS, questions))
            if checks:
                parts.append(render_block(BlockName.ACTIONS, checks))
        if self._fix is not None:
            parts.append(render_block(BlockName.SUGGEST_FIX, _given(self._fix)))
        if self._outcome is not None:
            parts.append(render_block(BlockName.FIX_OUTCOME, self._outcome))
        return "\n".join(parts)


def _given(payload: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in payload.items() if value is not None}
