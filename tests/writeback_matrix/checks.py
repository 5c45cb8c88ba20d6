"""What must be true whenever an attempt has ended: what the product says is what the PSA holds, and that once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from domain.conversation import note_changed_line, time_refused_line
from domain.psa import NoteVisibility, TicketDetail
from domain.vocabulary import MessageRole, SessionStatus, UpdateAudience, WritebackState, WritebackStep
from infra.database.models import TicketSnapshot, Writeback
from infra.simulators.connectwise import happenings
from infra.simulators.connectwise.seed.desk import STATUSES
from tests.workflows.ticket_on_psa import BOARD_STATUSES, shown_on
from tests.workflows.worked_session import WorkedSession
from tests.writeback_matrix.desk import OnPsa
from tests.writeback_matrix.table import Ending, Expected

if TYPE_CHECKING:
    from tests.writeback_matrix.run import Run

STATUS_NAMES = {status_id: name for status_id, name, _ in STATUSES[1]}
RESOLVES = (Ending.RESOLVE, Ending.RESOLVE_AFTER_ESCALATION)
_OPEN = {
    Ending.RESOLVE: SessionStatus.ACTIVE,
    Ending.ESCALATE: SessionStatus.REQUESTING_ESCALATION,
    Ending.SHARE: SessionStatus.ACTIVE,
    Ending.RESOLVE_AFTER_ESCALATION: SessionStatus.ESCALATED,
}
_ENDED = {
    Ending.RESOLVE: SessionStatus.RESOLVED,
    Ending.ESCALATE: SessionStatus.ESCALATED,
    Ending.SHARE: SessionStatus.ACTIVE,
    Ending.RESOLVE_AFTER_ESCALATION: SessionStatus.RESOLVED,
}
_OWN_WORDS = {
    "psa_credentials_rejected": ("Incorrect public/private key",),
    "psa_not_found": ("not found", "404"),
}


def as_expected(row: Writeback, expected: Expected) -> None:
    """The attempt that the trouble hit has ended as the table says."""
    found = Expected(row.state, row.step, row.error_code, time_told=row.time_error_code is not None)
    assert found == expected, f"{found} instead of {expected}: {row.error_detail}, {row.time_error_detail}"


async def is_honest(run: Run, row: Writeback) -> None:
    """Raises AssertionError naming what the PSA holds and what the product says of it."""
    psa = await run.desk.look(run.ticket)
    said = await run.session.said(MessageRole.SYSTEM)
    texts = [note["text"] for note in psa.notes]
    kept = run.kept if psa.status is not None else []
    assert texts[: len(kept)] == kept, f"notes of earlier endings changed: {texts}"
    assert len(texts) <= len(run.kept) + 1, f"a note stands there twice: {texts}"
    assert len(psa.time) <= 1, f"time stands there twice: {psa.time}"
    _time_is_told(run, row, psa, said)
    session = await run.session.row()
    if row.state is WritebackState.DONE:
        assert session.status is _ENDED[run.plan.ending]
        assert (row.error_code, row.error_detail) == (None, None)
        _stands_there(run, row, psa, said)
    else:
        assert session.status is _OPEN[run.plan.ending]
        assert row.error_code
        assert row.error_detail
        _failure_is_true(run, row, psa)


def _stands_there(run: Run, row: Writeback, psa: OnPsa, said: list[str]) -> None:
    """The note is on the ticket once, as confirmed, where it belongs; the status is the one that is told."""
    assert len(psa.notes) == len(run.kept) + 1, "the note is said to be posted and is not there"
    note = psa.notes[-1]
    assert row.note_id == str(note["id"])
    if note["text"] != run.text:
        assert run.edited_by_others, f"another text than the one that was confirmed: {note['text']}"
        assert note["text"].endswith(happenings.ADDED)
        assert note_changed_line(str(run.ticket)) in said, "what someone else wrote is passed over in silence"
    assert shown_on(note) == [_visibility(run).value]
    target = _target(run)
    if target is not None:
        allowed = {target, BOARD_STATUSES["closed"]} if _may_be_closed(run) else {target}
        assert psa.status in allowed, f"the ticket is {psa.status}"
        if row.status_transition_skipped_reason is None:
            assert row.observed_status_id == psa.status
        else:
            assert "closed" in row.status_transition_skipped_reason.lower()


def _failure_is_true(run: Run, row: Writeback, psa: OnPsa) -> None:
    """What the engineer is told is what one sees on the ticket, in the PSA's words where it gave any."""
    current = psa.notes[len(run.kept) :]
    assert row.error_detail is not None
    words = _OWN_WORDS.get(row.error_code or "")
    if words is not None:
        assert any(one in row.error_detail for one in words), row.error_detail
    if row.error_code == "psa_note_unverified":
        assert [note["text"] for note in current] != [run.text], "the note is there, as it was confirmed"
    elif row.error_code == "psa_status_unverified":
        target = _target(run)
        assert target is not None
        assert psa.status not in (None, target)
        assert len(current) == 1
        for status in (psa.status, target):
            assert STATUS_NAMES[status or 0] in row.error_detail
        assert (row.expected_status_id, row.observed_status_id) == (target, psa.status)
    elif row.error_code == "psa_note_edited":
        assert current[-1]["text"].endswith(happenings.ADDED), "what someone else wrote was overwritten"
    elif row.step is not WritebackStep.POST_NOTE and psa.status is not None:
        assert len(current) == 1, "what was posted before is gone"


def _time_is_told(run: Run, row: Writeback, psa: OnPsa, said: list[str]) -> None:
    """One time entry exactly where the product says so; where it could not be made, the session says why."""
    wanted = run.plan.log_minutes
    if wanted is None:
        assert psa.time == []
        assert (row.time_entry_id, row.time_error_code) == (None, None)
        return
    if row.time_entry_id is not None and psa.status is not None:
        (entry,) = psa.time
        assert (str(entry["id"]), round(entry["actualHours"] * 60)) == (row.time_entry_id, wanted)
        assert entry["member"]["identifier"] == "mreyes"
        assert row.time_error_code is None
    if row.time_error_code is not None:
        assert psa.time == [], "time is said to be refused and is there"
        assert time_refused_line(row.time_error_detail or "") in said
    if row.state is WritebackState.DONE:
        assert (row.time_entry_id is None) is (row.time_error_code is not None), "nothing is said of the time"


def _visibility(run: Run) -> NoteVisibility:
    if run.plan.ending is not Ending.SHARE:
        return run.plan.visibility
    inside = run.plan.audience is UpdateAudience.INTERNAL
    return NoteVisibility.INTERNAL if inside else NoteVisibility.DISCUSSION


def _target(run: Run) -> int | None:
    if run.plan.ending is Ending.SHARE:
        return run.plan.status_id
    return BOARD_STATUSES["resolved" if run.plan.ending in RESOLVES else "escalated"]


def _may_be_closed(run: Run) -> bool:
    """Who closes a ticket while it is being resolved keeps it closed."""
    return run.plan.trouble.name == "ticket closed meanwhile" and run.plan.ending in RESOLVES


async def keep_ticket(session: WorkedSession, detail: TicketDetail) -> None:
    """Store a ticket as the API does before it sends the link."""
    async with session.database.tenant(session.tenant.account_id) as db:
        await db.merge(
            TicketSnapshot(
                account_id=session.tenant.account_id,
                connection_id=session.tenant.connection_id,
                ticket_id=detail.id,
                document=detail.model_dump(mode="json"),
                fetched_at=datetime.now(UTC),
            )
        )
