"""The digest of a long conversation: bounded, total, and without ever losing an outcome or an answer."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.digest import (
    ANSWERS_HEADING,
    FIXES_HEADING,
    LISTED_CHARACTERS,
    LONGEST_LINE,
    SHORTEST_LINE,
    TALK_CHARACTERS,
    TALK_HEADING,
    compose_digest,
    plain_talk,
    talk_of,
)
from domain.pilot import FixView, HistoryMessage, LaneItemView
from domain.vocabulary import FixStatus, LaneItemKind, LaneItemStatus, MessageRole

NOW = datetime(2031, 2, 3, tzinfo=UTC)


def fix(title: str, status: FixStatus = FixStatus.PROPOSED, number: int = 1, **more: object) -> FixView:
    return FixView.model_validate(
        {
            "id": UUID(int=number),
            "title": title,
            "description": "How.",
            "confidence_pct": 70,
            "status": status,
            **more,
        }
    )


def item(
    text: str,
    answer: str | None = None,
    output: str | None = None,
    status: LaneItemStatus = LaneItemStatus.ANSWERED,
) -> LaneItemView:
    return LaneItemView(
        id=UUID(int=7), kind=LaneItemKind.QUESTION, text=text, status=status, answer=answer, output=output
    )


def says(role: MessageRole, text: str) -> HistoryMessage:
    return HistoryMessage(role=role, text=text)


TEXT = st.text(max_size=3_000)
MESSAGES = st.lists(st.builds(says, st.sampled_from(list(MessageRole)), TEXT), max_size=60)
FIXES = st.lists(
    st.builds(
        lambda title, status, superseded, applied, why: fix(
            title,
            status,
            superseded=superseded,
            applied_at=NOW if applied else None,
            failure_reason=why,
            partial_notes=why,
        ),
        st.text(max_size=200),
        st.sampled_from(list(FixStatus)),
        st.booleans(),
        st.booleans(),
        st.none() | TEXT,
    ),
    max_size=60,
)
ITEMS = st.lists(
    st.builds(item, TEXT, st.none() | TEXT, st.none() | TEXT, st.sampled_from(list(LaneItemStatus))),
    max_size=60,
)


@given(TEXT, MESSAGES, FIXES, ITEMS)
def test_whatever_was_said_the_digest_is_bounded(
    previous: str, messages: list[HistoryMessage], fixes: list[FixView], items: list[LaneItemView]
) -> None:
    talk = plain_talk(previous, messages)
    digest = compose_digest(talk, fixes, items)
    listed = len(fixes) + sum(one.status is LaneItemStatus.ANSWERED for one in items)
    headings = len(FIXES_HEADING) + len(ANSWERS_HEADING) + len(TALK_HEADING) + 10
    assert len(talk) <= TALK_CHARACTERS
    assert len(digest) <= TALK_CHARACTERS + max(LISTED_CHARACTERS, SHORTEST_LINE * listed) + listed + headings
    assert talk_of(digest) == talk, "the next one goes on with exactly this"


@given(FIXES, ITEMS)
def test_every_fix_and_every_answer_has_its_line(fixes: list[FixView], items: list[LaneItemView]) -> None:
    digest = compose_digest("", fixes, items)
    answered = [one for one in items if one.status is LaneItemStatus.ANSWERED]
    listed = [line for line in digest.split("\n") if line.startswith("- ")]
    assert len(listed) == len(fixes) + len(answered)
    assert all(len(line) <= LONGEST_LINE for line in listed)


def test_the_outcome_of_every_fix_is_named_even_in_the_longest_session() -> None:
    fixes = [
        fix("Restart the print spooler", FixStatus.APPLIED_FAILED, failure_reason="still nothing prints"),
        fix("Replace the cable", FixStatus.APPLIED_SUCCESS),
        fix("Update the driver", FixStatus.APPLIED_PARTIAL, partial_notes="two of five computers"),
        fix("Wait a day", FixStatus.DISMISSED),
        fix("Clear the queue", applied_at=NOW, superseded=True),
        fix("Move the printer", superseded=True),
        fix("Buy another one"),
    ]
    digest = compose_digest("", fixes, [item(f"Question {n}?", f"Answer {n}") for n in range(600)])
    for line in (
        "- Restart the print spooler: did not help (still",
        "- Replace the cable: worked",
        "- Update the driver: done in part (two of five",
        "- Wait a day: dismissed",
        "- Clear the queue: run, no outcome recorded",
        "- Move the printer: replaced, never run",
        "- Buy another one: proposed, not run",
    ):
        assert line in digest
    assert all(f"- Question {n}?: Answer {n}" in digest for n in range(600))


def test_an_answer_has_both_its_sides_and_open_items_are_left_to_the_lane() -> None:
    digest = compose_digest(
        "",
        [],
        [
            item("Is the light on?", "Yes, green"),
            item("Ping the server", output="Request timed out.\nRequest timed out."),
            item("Who is affected?", status=LaneItemStatus.OPEN),
            item("Since when?", status=LaneItemStatus.SKIPPED),
        ],
    )
    assert digest == (
        f"{ANSWERS_HEADING}\n"
        "- Is the light on?: Yes, green\n"
        "- Ping the server: Request timed out. Request timed out."
    )


def test_of_every_message_the_first_sentence_is_kept_with_who_said_it() -> None:
    talk = plain_talk(
        "",
        [
            says(MessageRole.ENGINEER, "The printer is dead. It was fine yesterday."),
            says(MessageRole.PILOT, "Let us look at the cable. Is it plugged in?"),
            says(MessageRole.SYSTEM, "Applied fix: Replace the cable"),
            says(MessageRole.PILOT, "  "),
        ],
    )
    assert talk.split("\n") == [
        "Engineer: The printer is dead.",
        "Pilot: Let us look at the cable.",
        "Recorded: Applied fix: Replace the cable",
    ]


def test_when_room_runs_out_talk_goes_before_what_was_recorded_and_old_before_new() -> None:
    recorded = [f"Applied fix: number {n}" for n in range(20)]
    chatter = [f"Chatter {n} {'x' * 150}" for n in range(200)]
    talk = plain_talk(
        "",
        [
            *(says(MessageRole.SYSTEM, text) for text in recorded),
            *(says(MessageRole.PILOT, text) for text in chatter),
        ],
    )
    lines = talk.split("\n")
    assert lines[:20] == [f"Recorded: {text}" for text in recorded]
    kept = [line.split()[2] for line in lines[20:]]
    assert kept == [str(n) for n in range(200 - len(kept), 200)]
    assert 20 < len(kept) < 200


def test_over_many_digests_what_was_recorded_stays() -> None:
    talk = plain_talk("", [says(MessageRole.SYSTEM, "It worked: Replace the cable")])
    for number in range(50):
        digest = compose_digest(talk, [], [])
        talk = plain_talk(
            talk_of(digest), [says(MessageRole.ENGINEER, f"{number} {'and so on ' * 19}") for _ in range(30)]
        )
        assert len(talk) <= TALK_CHARACTERS
    assert "Recorded: It worked: Replace the cable" in talk
    assert "0 and so on" not in talk.split("\n")


def test_a_model_cannot_add_parts_of_its_own_or_make_the_digest_too_long() -> None:
    written = f"The printer was looked at.\n{TALK_HEADING}\nforged\n## Another part\n" + "word " * 5_000
    digest = compose_digest(written, [fix("Replace the cable", FixStatus.APPLIED_SUCCESS)], [])
    assert [line for line in digest.split("\n") if line.startswith("#")] == [FIXES_HEADING, TALK_HEADING]
    assert len(digest) < TALK_CHARACTERS + 400
    assert "- Replace the cable: worked" in digest


def test_a_digest_of_nothing_is_nothing() -> None:
    assert compose_digest("", [], []) == ""
    assert talk_of(None) == ""
    assert talk_of("A text without the parts of a digest.") == ""
