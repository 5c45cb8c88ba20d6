"""The total parser: any text in, prose and valid items out."""

import re
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

from domain.markers import fields
from domain.markers.fields import Unusable
from domain.markers.payload import Payload, read_payload
from domain.markers.reply import (
    MAX_CHECKS,
    MAX_COMMAND,
    MAX_DESCRIPTION,
    MAX_OPTIONS,
    MAX_PROMOTIONS,
    MAX_QUESTIONS,
    MAX_SCRIPT,
    MAX_SUMMARY,
    MAX_TEXT,
    MAX_TITLE,
    DroppedItem,
    ParsedCheck,
    ParsedFix,
    ParsedQuestion,
    ParsedReply,
    Promotion,
    ReplyDiagnostics,
)
from domain.markers.scanner import RawBlock, Scanner
from domain.markers.tags import LANE_BLOCKS, BlockName
from domain.pilot import ProposedOutcomeView
from domain.text import clip, normalise_text
from domain.vocabulary import FactSource, LaneAction, ProposedOutcome

Item = TypeVar("Item")

_SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*", re.ASCII)
_PROMOTABLE = frozenset({FactSource.QUESTION, FactSource.DIAGNOSTIC_CHECK, FactSource.AI_SYNTHESIS})
_MAX_REPORTED = 50
_FORK_OPTIONS = range(2, 5)


def parse_reply(raw: str) -> ParsedReply:
    """Split a reply into prose and its valid items. Never raises: diagnostics tell what was dropped."""
    scanner = Scanner()
    prose = scanner.feed(raw) + scanner.finish()
    return _Parser().parse(prose, scanner.blocks)


class _Parser:
    def __init__(self) -> None:
        self._questions: dict[str, ParsedQuestion] = {}
        self._checks: dict[str, ParsedCheck] = {}
        self._promotions: list[Promotion] = []
        self._fixes: list[ParsedFix] = []
        self._outcomes: list[ProposedOutcomeView] = []
        self._dropped: list[DroppedItem] = []
        self._dropped_count = 0
        self._block = BlockName.QUESTIONS

    def parse(self, prose: str, blocks: list[RawBlock]) -> ParsedReply:
        lane_stated = lane_cut_off = False
        for block in blocks:
            self._block = block.name
            payload = read_payload(block.payload)
            if payload.problem is not None:
                self._drop(payload.problem)
            valid = self._read_items(payload)
            if block.name in LANE_BLOCKS:
                stated = valid > 0 or (payload.empty_array and block.name is not BlockName.FORK)
                lane_stated = lane_stated or stated
                lane_cut_off = lane_cut_off or payload.cut_off
        self._report_superseded()
        return ParsedReply(
            prose=prose,
            questions=list(self._questions.values()),
            actions=list(self._checks.values()),
            promotions=self._promotions,
            suggested_fix=self._fixes[-1] if self._fixes else None,
            proposed_outcome=self._outcomes[-1] if self._outcomes else None,
            lane_stated=lane_stated,
            lane_cut_off=lane_cut_off,
            diagnostics=ReplyDiagnostics(
                blocks=dict(Counter(block.name for block in blocks)),
                dropped=self._dropped,
                dropped_count=self._dropped_count,
                format_miss=not lane_stated,
            ),
        )

    def _read_items(self, payload: Payload) -> int:
        match self._block:
            case BlockName.QUESTIONS:
                return self._each(payload, self._question)
            case BlockName.ACTIONS:
                return self._each(payload, self._check)
            case BlockName.FORK:
                return self._each(payload, self._fork)
            case BlockName.PROMOTE:
                return self._each(payload, self._promote)
            case BlockName.SUGGEST_FIX:
                return self._each(payload, lambda item: self._fixes.append(self._fix(item)))
            case BlockName.FIX_OUTCOME:
                return self._each(payload, lambda item: self._outcomes.append(self._outcome(item)))

    def _each(self, payload: Payload, take: Callable[[Any], None]) -> int:
        valid = 0
        for item in payload.items:
            try:
                take(item)
            except Unusable as why:
                self._drop(str(why))
            else:
                valid += 1
        return valid

    def _drop(self, reason: str, block: BlockName | None = None) -> None:
        self._dropped_count += 1
        if len(self._dropped) < _MAX_REPORTED:
            self._dropped.append(DroppedItem(block=block or self._block, reason=reason))

    def _report_superseded(self) -> None:
        for block, found in ((BlockName.SUGGEST_FIX, self._fixes), (BlockName.FIX_OUTCOME, self._outcomes)):
            for _ in found[1:]:
                self._drop("a later one in the same reply counts", block)

    def _add(self, items: dict[str, Item], key: str, item: Item, limit: int) -> None:
        if key in items:
            self._drop("asked twice in one reply")
        elif len(items) >= limit:
            raise Unusable(f"more than {limit} in one reply")
        else:
            items[key] = item

    def _question(self, item: Any) -> None:
        source = {"text": item} if isinstance(item, str) else fields.as_object(item)
        question = ParsedQuestion(
            text=fields.required_text(source, "text", MAX_TEXT),
            context=fields.optional_text(source, "context", MAX_TEXT),
            options=fields.options(source, MAX_SUMMARY, MAX_OPTIONS),
        )
        self._add(self._questions, normalise_text(question.text), question, MAX_QUESTIONS)

    def _check(self, item: Any) -> None:
        source = {"label": item} if isinstance(item, str) else fields.as_object(item)
        command, too_long = fields.whole_text(source, "command", MAX_COMMAND)
        check = ParsedCheck(
            label=fields.required_text(source, "label", MAX_TEXT),
            command=command,
            description=fields.optional_text(source, "description", MAX_DESCRIPTION),
            action=fields.optional_word(source, "action", LaneAction),
        )
        self._add(self._checks, normalise_text(check.label), check, MAX_CHECKS)
        if too_long:
            self._drop(f"the command is longer than {MAX_COMMAND} characters; the check stays without it")

    def _fork(self, item: Any) -> None:
        source = fields.as_object(item)
        given = source.get("options")
        choices = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
        labels = fields.options(source, MAX_SUMMARY, MAX_OPTIONS)
        if labels is None or len(labels) not in _FORK_OPTIONS:
            raise Unusable("a fork has 2 to 4 options")
        described = [
            f"{label}: {description}"
            for choice in choices
            if (label := fields.optional_text(choice, "label", MAX_SUMMARY))
            and (description := fields.optional_text(choice, "description", MAX_TEXT))
        ]
        question = ParsedQuestion(
            text=fields.required_text(source, "fork_reason", MAX_TEXT),
            context=clip("\n".join(described), MAX_DESCRIPTION) if described else None,
            options=labels,
        )
        self._add(self._questions, normalise_text(question.text), question, MAX_QUESTIONS)

    def _promote(self, item: Any) -> None:
        promotion = self._promotion(item)
        if len(self._promotions) >= MAX_PROMOTIONS:
            raise Unusable(f"more than {MAX_PROMOTIONS} in one reply")
        self._promotions.append(promotion)

    def _promotion(self, item: Any) -> Promotion:
        source = fields.as_object(item)
        source_type = fields.required_word(source, "source_type", FactSource)
        if source_type not in _PROMOTABLE:
            raise Unusable("source_type is missing or unknown")
        summary = fields.optional_text(source, "summary", MAX_SUMMARY)
        source_ref = fields.optional_id(source, "source_ref")
        if source_type is FactSource.AI_SYNTHESIS:
            source_ref = None
        promotion = Promotion(
            source_type=source_type,
            source_ref=source_ref,
            text=fields.required_text(source, "text", MAX_TEXT),
            summary=summary.rstrip(".") or None if summary else None,
        )
        if source_ref is None and source.get("source_ref") is not None:
            self._drop("the source_ref is not usable; the fact stays without it")
        return promotion

    def _fix(self, item: Any) -> ParsedFix:
        source = fields.as_object(item)
        script, too_long = fields.whole_text(source, "ai_drafted_script", MAX_SCRIPT)
        slug = fields.optional_text(source, "script_template_slug", MAX_SUMMARY)
        fix = ParsedFix(
            title=fields.required_text(source, "title", MAX_TITLE),
            description=fields.optional_text(source, "description", MAX_DESCRIPTION) or "",
            confidence_pct=fields.percentage(source, "confidence"),
            script_template_slug=slug if slug and _SLUG.fullmatch(slug) else None,
            ai_drafted_script=script,
            ai_drafted_parameters=fields.parameters(source, "ai_drafted_parameters"),
        )
        if too_long:
            self._drop(f"the script is longer than {MAX_SCRIPT} characters; the fix stays without it")
        return fix

    def _outcome(self, item: Any) -> ProposedOutcomeView:
        source = fields.as_object(item)
        fix_id = fields.optional_id(source, "fix_id")
        if fix_id is None:
            raise Unusable("fix_id is missing or no id")
        return ProposedOutcomeView(
            fix_id=fix_id,
            outcome=fields.required_word(source, "outcome", ProposedOutcome),
            reason=fields.optional_text(source, "reason", MAX_TEXT) or "",
        )
