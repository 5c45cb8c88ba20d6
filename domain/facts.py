"""What a fact may be: its limits, who may edit it, when it is already known."""

from domain.errors import RuleViolation, ViolationKind
from domain.hidden_text import without_hidden
from domain.text import clean_text
from domain.vocabulary import FactSource, LaneItemKind

FACT_TEXT_LIMIT = 2_000
FACT_SUMMARY_LIMIT = 200
RAW_INPUT_LIMIT = 10_000

_EDITABLE = frozenset({FactSource.USER_NOTE, FactSource.AI_SYNTHESIS})
_KINDS = {FactSource.QUESTION: LaneItemKind.QUESTION, FactSource.DIAGNOSTIC_CHECK: LaneItemKind.CHECK}


def is_editable(source: FactSource) -> bool:
    """A fact from a question or a check is read-only: its source is edited instead. All can be deleted."""
    return source in _EDITABLE


def check_editable(source: FactSource) -> None:
    """Raise fact_read_only (forbidden) for a fact whose text belongs to a question or a check."""
    if not is_editable(source):
        origin = "an answered question" if source is FactSource.QUESTION else "a diagnostic check"
        raise RuleViolation(
            "fact_read_only",
            f"This fact comes from {origin}. Answer that again instead, or delete the fact.",
            ViolationKind.FORBIDDEN,
        )


def check_edit(text: str | None, summary: str | None) -> None:
    """Raise nothing_to_change for an edit that names neither; an empty summary is one that is to be removed."""
    if text is None and summary is None:
        raise RuleViolation(
            "nothing_to_change",
            "Send a new text or a new summary of the fact.",
            ViolationKind.INVALID,
        )


def checked_fact_text(text: str) -> str:
    """The text as it is stored: cleaned, nothing hidden, trimmed. Raises fact_empty, fact_too_long."""
    return _checked(without_hidden(text), FACT_TEXT_LIMIT, "fact")


def checked_fact_summary(summary: str | None) -> str | None:
    """The summary as it is stored: cleaned, one line, None when blank. Raises fact_summary_too_long."""
    one_line = " ".join(without_hidden(clean_text(summary or "")).split())
    if not one_line:
        return None
    _require_length(one_line, FACT_SUMMARY_LIMIT, "fact_summary")
    return one_line


def checked_raw_input(raw_input: str) -> str:
    """What a fact is to be made from, cleaned and trimmed. Raises raw_input_empty, raw_input_too_long."""
    return _checked(raw_input, RAW_INPUT_LIMIT, "raw_input")


def nothing_substantive() -> RuleViolation:
    """What was said holds nothing that could be kept as a fact."""
    return RuleViolation(
        "nothing_substantive",
        "There is nothing in this that could be kept as a fact. Say what was found, or write the fact yourself.",
        ViolationKind.UNPROCESSABLE,
    )


def check_source(source: FactSource, kind: LaneItemKind) -> None:
    """Raise source_ref_mismatch when a fact is said to come from another kind of item than it names."""
    if _KINDS.get(source) is not kind:
        raise RuleViolation(
            "source_ref_mismatch",
            f"The item it names is a {kind.value}, and the fact is said to come from another source.",
            ViolationKind.INVALID,
        )


def check_promotion(
    source: FactSource, has_source_ref: bool, proposed_text: str | None, raw_input: str | None
) -> None:
    """Raise when a promotion contradicts itself.

    Exactly one of `proposed_text` and `raw_input` is given (promotion_text_ambiguous); a note is added, not
    promoted (promotion_source_invalid); a synthesis has no single source (source_ref_not_allowed).
    """
    if source is FactSource.USER_NOTE:
        raise RuleViolation(
            "promotion_source_invalid",
            "A note of your own is added as a fact directly; it cannot be promoted.",
            ViolationKind.INVALID,
        )
    if (proposed_text is None) == (raw_input is None):
        raise RuleViolation(
            "promotion_text_ambiguous",
            "Send either the text of the fact or the input to make it from, and not both.",
            ViolationKind.INVALID,
        )
    if source is FactSource.AI_SYNTHESIS and has_source_ref:
        raise RuleViolation(
            "source_ref_not_allowed",
            "A fact drawn from several sources names no single question or check.",
            ViolationKind.INVALID,
        )


_NAMES = {
    "fact": "The fact",
    "fact_summary": "The summary of the fact",
    "raw_input": "The input for the fact",
}


def _checked(text: str, limit: int, code: str) -> str:
    cleaned = clean_text(text).strip()
    if not cleaned:
        raise RuleViolation(f"{code}_empty", f"{_NAMES[code]} is empty.", ViolationKind.UNPROCESSABLE)
    _require_length(cleaned, limit, code)
    return cleaned


def _require_length(text: str, limit: int, code: str) -> None:
    if len(text) > limit:
        raise RuleViolation(
            f"{code}_too_long",
            f"{_NAMES[code]} has {len(text):,} characters; {limit:,} are allowed.",
            ViolationKind.UNPROCESSABLE,
        )
