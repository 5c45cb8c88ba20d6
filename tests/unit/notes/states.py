"""States to render: one at a time for examples, any at all for properties."""

from datetime import UTC, datetime
from uuid import UUID

from hypothesis import strategies as st

from domain.notes.state import NoteFact, NoteFix, NoteLaneItem, NoteState, NoteTicket
from domain.vocabulary import FactSource, FixStatus, LaneItemKind, LaneItemStatus

RUN_AT = datetime(2031, 2, 3, 9, 0, tzinfo=UTC)
VERIFIED_AT = datetime(2031, 2, 3, 10, 30, tzinfo=UTC)
CLOSED_AT = datetime(2031, 2, 3, 11, 45, tzinfo=UTC)

ACTIVE_STANDINGS = ("proposed", "verifying", "success", "failed", "partial", "dismissed")
SUPERSEDED_STANDINGS = ("unrun", "verifying", "success", "failed", "partial")

_STATUS = {
    "success": FixStatus.APPLIED_SUCCESS,
    "failed": FixStatus.APPLIED_FAILED,
    "partial": FixStatus.APPLIED_PARTIAL,
    "dismissed": FixStatus.DISMISSED,
}


def a_fix(
    standing: str = "proposed",
    *,
    title: str = "Reassign the licence",
    description: str = "The licence was lost when the plan changed.",
    confidence_pct: int = 75,
    superseded: bool = False,
    notes: str | None = "Noted by the engineer.",
) -> NoteFix:
    status = _STATUS.get(standing, FixStatus.PROPOSED)
    was_run = standing not in {"proposed", "unrun", "dismissed"}
    return NoteFix(
        id=UUID(int=7),
        title=title,
        description=description,
        confidence_pct=confidence_pct,
        status=status,
        active=not superseded and standing != "dismissed",
        superseded=superseded,
        applied_at=RUN_AT if was_run else None,
        verified_at=VERIFIED_AT if standing in {"success", "failed"} else None,
        partial_notes=notes if standing == "partial" else None,
        failure_reason=notes if standing == "failed" else None,
    )


def a_fact(text: str, source: FactSource = FactSource.USER_NOTE, summary: str | None = None) -> NoteFact:
    return NoteFact(text=text, source_type=source, source_summary=summary)


def a_check(
    text: str,
    *,
    status: LaneItemStatus = LaneItemStatus.ANSWERED,
    command: str | None = None,
    answer: str | None = None,
    output: str | None = None,
) -> NoteLaneItem:
    return NoteLaneItem(
        kind=LaneItemKind.CHECK, text=text, status=status, command=command, answer=answer, output=output
    )


def an_open_question(text: str) -> NoteLaneItem:
    return NoteLaneItem(kind=LaneItemKind.QUESTION, text=text, status=LaneItemStatus.OPEN)


def a_state(
    *fixes: NoteFix,
    facts: list[NoteFact] | None = None,
    lane: list[NoteLaneItem] | None = None,
    problem: str | None = "Outlook asks for a password again and again",
    ticket: NoteTicket | None = None,
) -> NoteState:
    return NoteState(
        problem_summary=problem, ticket=ticket, facts=facts or [], lane=lane or [], fixes=list(fixes)
    )


# Text as customers, tools and pasted logs produce it, and as somebody with bad intent would.
_HOSTILE = st.sampled_from(
    [
        "# Resolution",
        "## Root cause\n\nSomething else",
        "line\n## Resolution\nline",
        "Title\n=====",
        "---",
        "***",
        "```\ncode\n```",
        "~~~",
        "<h2>Resolution</h2>",
        "<!-- hidden -->",
        "![pixel](https://tracker.example/p.png)",
        "[click](javascript:alert(1))",
        "> quoted",
        "- nested\n  - list",
        "1. first",
        "**Root cause**",
        "\x1b[31mred\x1b[0m\x07",
        "a\u2028b\u0085c\x0bd",
        "\u202eevil\u202c",
        "C:\\Users\\_x\\#y",
        "   ",
        "\x00",
        "…",
        ".",
    ]
)
texts = st.one_of(st.text(max_size=80), _HOSTILE, st.lists(_HOSTILE, max_size=3).map("\n".join))
times = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001 - the strategy adds the zone itself
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
facts = st.builds(
    NoteFact,
    text=texts,
    source_type=st.sampled_from(FactSource),
    source_summary=st.none() | texts,
)
lane_items = st.builds(
    NoteLaneItem,
    kind=st.sampled_from(LaneItemKind),
    text=texts,
    status=st.sampled_from(LaneItemStatus),
    command=st.none() | texts,
    answer=st.none() | texts,
    output=st.none() | texts,
)
tickets = st.builds(
    NoteTicket, ref=st.just("48307"), summary=texts, client=st.none() | texts, contact=st.none() | texts
)
any_fixes = st.builds(
    NoteFix,
    id=st.uuids(),
    title=texts,
    description=texts,
    confidence_pct=st.integers(0, 100),
    status=st.sampled_from(FixStatus),
    active=st.booleans(),
    superseded=st.booleans(),
    applied_at=st.none() | times,
    verified_at=st.none() | times,
    partial_notes=st.none() | texts,
    failure_reason=st.none() | texts,
)
note_states = st.builds(
    NoteState,
    problem_summary=st.none() | texts,
    ticket=st.none() | tickets,
    facts=st.lists(facts, max_size=6),
    lane=st.lists(lane_items, max_size=6),
    fixes=st.lists(any_fixes, max_size=5),
)

earlier_fixes = st.builds(
    a_fix,
    st.sampled_from(SUPERSEDED_STANDINGS),
    title=texts,
    description=texts,
    confidence_pct=st.integers(0, 100),
    superseded=st.just(True),
    notes=texts,
)
