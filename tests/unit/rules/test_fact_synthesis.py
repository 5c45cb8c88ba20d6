"""A statement made without a model: what counts as one, and how it reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.fact_synthesis import is_substantive, short_summary, synthesise
from domain.facts import FACT_SUMMARY_LIMIT, FACT_TEXT_LIMIT
from domain.vocabulary import FactSource

SOURCES = st.sampled_from([FactSource.QUESTION, FactSource.DIAGNOSTIC_CHECK, FactSource.AI_SYNTHESIS])

NOTHING = [
    "",
    "  \n\t ",
    "n/a",
    "N.A.",
    "I don't know",
    "I don’t know yet.",
    "we do not know",
    "not sure",
    "No idea!",
    "unknown",
    "idk",
    "?",
    "???",
    "...",
    "—",
    "👍",
    "Which one do you mean?",
    "Why? What should I look for?",
    "Hm. I don't know. Why do you ask?",
    "can't tell",
    "I will check later",
    "skipped",
]
SOMETHING = [
    "yes",
    "no",
    "none",
    "0",
    "Only this user",
    "Not sure, but the link light was off",
    "Is it plugged in? Yes",
    "Unknown publisher was shown",
    "I don't know. It began on Monday.",
    "Nur dieser Benutzer",
    "はい",
]


@pytest.mark.parametrize("said", NOTHING)
@pytest.mark.parametrize("source", [FactSource.QUESTION, FactSource.AI_SYNTHESIS])
def test_nothing_is_made_of_nothing(source: FactSource, said: str) -> None:
    assert not is_substantive(said)
    assert synthesise(source, "Who is affected?", said) is None
    assert synthesise(source, None, said) is None


@pytest.mark.parametrize("said", SOMETHING)
def test_an_answer_that_says_something_is_kept_with_its_question(said: str) -> None:
    assert is_substantive(said)
    made = synthesise(FactSource.QUESTION, "Who is affected?", said)
    assert made is not None
    assert made.text.startswith("“Who is affected?” was answered with: ")
    assert said in made.text
    assert made.summary == "answer to: Who is affected"


@pytest.mark.parametrize(
    "output",
    [
        "",
        " \n ",
        "done",
        "ok",
        "PS C:\\Users\\me> ",
        "Get-Thing : The term 'Get-Thing' is not recognized as the name of a cmdlet",
        "bash: foo: command not found",
        "Access is denied.",
    ],
)
def test_an_empty_or_failed_output_shows_nothing(output: str) -> None:
    assert synthesise(FactSource.DIAGNOSTIC_CHECK, "Look at the spooler", output) is None


def test_an_output_is_kept_with_its_check_and_without_the_head_of_its_table() -> None:
    made = synthesise(
        FactSource.DIAGNOSTIC_CHECK, "Look at the spooler", "Status   Name\n------   ----\nStopped  Spooler"
    )
    assert made is not None
    assert made.text == "The check “Look at the spooler” returned: Stopped Spooler."
    assert made.summary == "result of: Look at the spooler"


def test_a_statement_of_its_own_becomes_one_line() -> None:
    made = synthesise(FactSource.AI_SYNTHESIS, None, "Only Outlook fails,\r\n  since Monday")
    assert made is not None
    assert made.text == "Only Outlook fails, since Monday."
    assert made.summary is None, "it would only repeat the text"


@pytest.mark.parametrize(
    ("said", "stated"),
    [
        ("reinstalled the driver", "Reinstalled the driver."),
        ("eth0 was down", "eth0 was down."),
        ("iLO answers", "iLO answers."),
    ],
)
def test_a_statement_begins_like_a_sentence_unless_it_begins_with_a_name(said: str, stated: str) -> None:
    made = synthesise(FactSource.AI_SYNTHESIS, None, said)
    assert made is not None
    assert made.text == stated


def test_a_done_without_a_check_shows_nothing_either() -> None:
    assert synthesise(FactSource.DIAGNOSTIC_CHECK, None, "done") is None


@pytest.mark.parametrize(
    ("given_", "stored"),
    [
        ("rules out the licence.", "rules out the licence"),
        (" rules\nout  it ", "rules out it"),
        (" . ", None),
        (None, None),
    ],
)
def test_a_summary_is_one_line_without_a_full_stop(given_: str | None, stored: str | None) -> None:
    assert short_summary(given_) == stored


@given(SOURCES, st.none() | st.text(max_size=400), st.text(max_size=3_000))
def test_whatever_was_said_the_statement_can_be_stored(
    source: FactSource, asked: str | None, said: str
) -> None:
    made = synthesise(source, asked, said)
    if made is None:
        return
    assert 0 < len(made.text) <= FACT_TEXT_LIMIT
    assert made.text == " ".join(made.text.split())
    if made.summary is None:
        assert source is FactSource.AI_SYNTHESIS or not asked or not asked.strip()
        return
    assert len(made.summary) <= FACT_SUMMARY_LIMIT
    assert not made.summary.endswith(".")
    assert 3 <= len(made.summary.split()) <= 7 or len(made.summary) == FACT_SUMMARY_LIMIT


@given(st.text(max_size=50))
def test_whether_it_says_something_does_not_depend_on_case_or_space(said: str) -> None:
    assert is_substantive(said) == is_substantive(f"  {said}  ")
