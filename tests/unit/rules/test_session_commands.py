"""What a session takes in which status: the whole table, one cell at a time."""

import pytest

from domain.errors import RuleViolation, ViolationKind
from domain.sessions import SessionCommand, check_command, is_open, status_after, status_after_writeback
from domain.vocabulary import ArtifactKind, SessionStatus

C = SessionCommand
STATUSES = [
    SessionStatus.ACTIVE,
    SessionStatus.PAUSED,
    SessionStatus.REQUESTING_ESCALATION,
    SessionStatus.ESCALATED,
    SessionStatus.RESOLVED,
    SessionStatus.ABANDONED,
]

# One column per status, in the order above: y taken, n refused.
TABLE: dict[SessionCommand, str] = {
    C.MESSAGE: "yyyynn",
    C.ANSWER_ITEMS: "yyyynn",
    C.REOPEN_ITEM: "yyyynn",
    C.CHANGE_FACTS: "yyyynn",
    C.CHANGE_FIX: "yyyynn",
    C.RECORD_OUTCOME: "yyyyyn",
    C.STOP_TURN: "yyyynn",
    C.RETRY_TURN: "yyyynn",
    C.PREVIEW: "yyyyyy",
    C.RESOLVE: "yyyynn",
    C.ESCALATE: "yyynyn",
    C.RETRY_WRITEBACK: "yyyynn",
    C.SHARE_UPDATE: "yyyynn",
    C.LINK_TICKET: "yyyynn",
    C.SPIN_OFF: "yyyynn",
    C.PAUSE: "ynnnnn",
    C.RESUME: "nynnnn",
    C.ABANDON: "yyyynn",
    C.REOPEN: "nnnnyy",
    C.PICK_UP: "nnnynn",
}
CELLS = [
    (status, command, cell == "y")
    for command, row in TABLE.items()
    for status, cell in zip(STATUSES, row, strict=True)
]


def test_the_table_covers_every_status_and_every_command() -> None:
    assert set(STATUSES) == set(SessionStatus)
    assert TABLE.keys() == set(SessionCommand)


@pytest.mark.parametrize(("status", "command", "taken"), CELLS)
def test_a_session_takes_a_command_exactly_when_the_table_says_so(
    status: SessionStatus, command: SessionCommand, taken: bool
) -> None:
    if taken:
        check_command(status, command)
        return
    with pytest.raises(RuleViolation) as refusal:
        check_command(status, command)
    is_closed = status in {SessionStatus.RESOLVED, SessionStatus.ABANDONED}
    assert refusal.value.code == ("session_closed" if is_closed else "wrong_state")
    assert refusal.value.kind is ViolationKind.CONFLICT
    assert refusal.value.detail.startswith("The session is ")


@pytest.mark.parametrize("status", STATUSES)
def test_a_refusal_names_the_status_in_words(status: SessionStatus) -> None:
    words = {SessionStatus.REQUESTING_ESCALATION: "being escalated"}.get(status, status.value)
    refused = C.REOPEN if is_open(status) else C.MESSAGE
    with pytest.raises(RuleViolation, match=f"The session is {words}, "):
        check_command(status, refused)


@pytest.mark.parametrize("command", [C.MESSAGE, C.ANSWER_ITEMS])
def test_what_an_engineer_sends_makes_a_paused_session_active_and_leaves_others_as_they_are(
    command: SessionCommand,
) -> None:
    assert status_after(SessionStatus.PAUSED, command) is SessionStatus.ACTIVE
    for status in (SessionStatus.ACTIVE, SessionStatus.REQUESTING_ESCALATION, SessionStatus.ESCALATED):
        assert status_after(status, command) is status


@pytest.mark.parametrize(
    ("command", "after"),
    [
        (C.PAUSE, SessionStatus.PAUSED),
        (C.RESUME, SessionStatus.ACTIVE),
        (C.ABANDON, SessionStatus.ABANDONED),
        (C.REOPEN, SessionStatus.ACTIVE),
        (C.PICK_UP, SessionStatus.ACTIVE),
        (C.ESCALATE, SessionStatus.REQUESTING_ESCALATION),
    ],
)
def test_the_commands_of_the_lifecycle_lead_to_one_status_from_wherever_they_are_taken(
    command: SessionCommand, after: SessionStatus
) -> None:
    taken = [status for status, each, is_taken in CELLS if each is command and is_taken]
    assert taken
    assert {status_after(status, command) for status in taken} == {after}


def test_confirming_a_resolution_moves_nothing_until_its_writeback_has_ended_well() -> None:
    assert status_after(SessionStatus.ACTIVE, C.RESOLVE) is SessionStatus.ACTIVE
    active, paused = SessionStatus.ACTIVE, SessionStatus.PAUSED
    assert status_after_writeback(ArtifactKind.RESOLUTION_NOTE, active) is SessionStatus.RESOLVED
    assert status_after_writeback(ArtifactKind.ESCALATION_PACKAGE, active) is SessionStatus.ESCALATED
    assert status_after_writeback(ArtifactKind.UPDATE_CLIENT, paused) is paused


def test_a_refused_command_has_no_status_after_it() -> None:
    with pytest.raises(RuleViolation):
        status_after(SessionStatus.ABANDONED, C.RESOLVE)
