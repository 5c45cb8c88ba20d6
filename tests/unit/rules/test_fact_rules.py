"""What a fact may be, and who may change it."""

import pytest

from domain.errors import RuleViolation, ViolationKind
from domain.facts import (
    FACT_SUMMARY_LIMIT,
    FACT_TEXT_LIMIT,
    RAW_INPUT_LIMIT,
    check_edit,
    check_editable,
    check_promotion,
    check_source,
    checked_fact_summary,
    checked_fact_text,
    checked_raw_input,
    is_editable,
)
from domain.vocabulary import FactSource, LaneItemKind


@pytest.mark.parametrize("source", [FactSource.USER_NOTE, FactSource.AI_SYNTHESIS])
def test_notes_and_syntheses_can_be_edited(source: FactSource) -> None:
    assert is_editable(source)
    check_editable(source)


@pytest.mark.parametrize("source", [FactSource.QUESTION, FactSource.DIAGNOSTIC_CHECK])
def test_what_a_question_or_a_check_confirmed_is_read_only(source: FactSource) -> None:
    assert not is_editable(source)
    with pytest.raises(RuleViolation) as refusal:
        check_editable(source)
    assert (refusal.value.code, refusal.value.kind) == ("fact_read_only", ViolationKind.FORBIDDEN)


def test_a_fact_is_stored_trimmed_and_without_characters_no_database_takes() -> None:
    assert checked_fact_text("  The disk\x00 was full\r\non C: ") == "The disk was full\non C:"


@pytest.mark.parametrize("text", ["", " \n\t", "\x00"])
def test_an_empty_fact_is_refused(text: str) -> None:
    with pytest.raises(RuleViolation) as refusal:
        checked_fact_text(text)
    assert (refusal.value.code, refusal.value.kind) == ("fact_empty", ViolationKind.UNPROCESSABLE)
    with pytest.raises(RuleViolation) as refusal:
        checked_raw_input(text)
    assert refusal.value.code == "raw_input_empty"


def test_text_summary_and_input_may_be_as_long_as_their_limits_and_no_longer() -> None:
    checks = (
        (checked_fact_text, FACT_TEXT_LIMIT, "fact_too_long"),
        (checked_fact_summary, FACT_SUMMARY_LIMIT, "fact_summary_too_long"),
        (checked_raw_input, RAW_INPUT_LIMIT, "raw_input_too_long"),
    )
    for check, limit, code in checks:
        assert check("x" * limit) == "x" * limit
        with pytest.raises(RuleViolation) as refusal:
            check("x" * (limit + 1))
        assert (refusal.value.code, refusal.value.kind) == (code, ViolationKind.UNPROCESSABLE)


def test_a_summary_is_one_line_and_a_blank_one_is_none() -> None:
    assert checked_fact_summary(" rules out\n the tenant ") == "rules out the tenant"
    assert checked_fact_summary("  ") is None
    assert checked_fact_summary(None) is None


def test_a_promotion_names_either_the_fact_or_what_to_make_it_from() -> None:
    check_promotion(FactSource.QUESTION, True, "It was down.", None)
    check_promotion(FactSource.DIAGNOSTIC_CHECK, True, None, "exit code 1")
    for text, raw in ((None, None), ("It was down.", "exit code 1")):
        with pytest.raises(RuleViolation) as refusal:
            check_promotion(FactSource.QUESTION, True, text, raw)
        assert (refusal.value.code, refusal.value.kind) == ("promotion_text_ambiguous", ViolationKind.INVALID)


def test_a_synthesis_names_no_single_source() -> None:
    check_promotion(FactSource.AI_SYNTHESIS, False, "It was down.", None)
    with pytest.raises(RuleViolation) as refusal:
        check_promotion(FactSource.AI_SYNTHESIS, True, "It was down.", None)
    assert (refusal.value.code, refusal.value.kind) == ("source_ref_not_allowed", ViolationKind.INVALID)


def test_a_note_is_added_and_not_promoted() -> None:
    with pytest.raises(RuleViolation) as refusal:
        check_promotion(FactSource.USER_NOTE, False, "It was down.", None)
    assert (refusal.value.code, refusal.value.kind) == ("promotion_source_invalid", ViolationKind.INVALID)


def test_an_edit_names_a_text_or_a_summary_and_an_empty_summary_is_one_to_remove() -> None:
    for text, summary in (("It was down.", None), (None, "rules out the tenant"), (None, "")):
        check_edit(text, summary)
    with pytest.raises(RuleViolation) as refusal:
        check_edit(None, None)
    assert (refusal.value.code, refusal.value.kind) == ("nothing_to_change", ViolationKind.INVALID)


@pytest.mark.parametrize("source", FactSource)
@pytest.mark.parametrize("kind", LaneItemKind)
def test_a_fact_comes_from_an_item_of_its_own_kind(source: FactSource, kind: LaneItemKind) -> None:
    fits = {
        (FactSource.QUESTION, LaneItemKind.QUESTION),
        (FactSource.DIAGNOSTIC_CHECK, LaneItemKind.CHECK),
    }
    if (source, kind) in fits:
        check_source(source, kind)
        return
    with pytest.raises(RuleViolation) as refusal:
        check_source(source, kind)
    assert (refusal.value.code, refusal.value.kind) == ("source_ref_mismatch", ViolationKind.INVALID)
