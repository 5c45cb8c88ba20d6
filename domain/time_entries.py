"""The time worked on a session, as it is logged on the ticket."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from domain.hidden_text import without_hidden
from domain.text import clip
from domain.vocabulary import ArtifactKind, SessionStatus, TimeRounding

LONGEST_ENTRY = 24 * 60
"""Minutes. Nobody works longer at a stretch; ticketing systems refuse more."""
NOTES_LIMIT = 500

_STEPS: dict[TimeRounding, int] = {TimeRounding.FIFTEEN_MINUTES: 15, TimeRounding.THIRTY_MINUTES: 30}
_MINUTE = timedelta(minutes=1)


class StatusChange(NamedTuple):
    """From `at` on the session had this status.

    `active_until` of a pause is when somebody last worked: a session is paused for inactivity long after that.
    """

    at: datetime
    status: SessionStatus
    active_until: datetime | None = None


def time_worked(
    started_at: datetime, changes: Iterable[StatusChange], until: datetime, since: datetime | None = None
) -> timedelta:
    """How long the session was active from its start to `until`; with `since`, only what came after that.

    `changes` are in the order in which they happened. A session starts active.
    """
    worked = timedelta(0)
    active_since: datetime | None = started_at
    for change in changes:
        if active_since is not None:
            worked += _overlap(active_since, change.active_until or change.at, since)
        is_active = change.status is SessionStatus.ACTIVE
        active_since = change.at if is_active else None
    if active_since is not None:
        worked += _overlap(active_since, until, since)
    return worked


def _overlap(start: datetime, end: datetime, since: datetime | None) -> timedelta:
    return max(end - (max(start, since) if since else start), timedelta(0))


def minutes_to_log(worked: timedelta, rounding: TimeRounding) -> int | None:
    """Whole minutes for the entry, 1 to a day: up to the next step, or exact; None for no entry."""
    if rounding is TimeRounding.NONE:
        return None
    step = _STEPS.get(rounding, 1)
    steps = max(1, -(-worked // (step * _MINUTE)))
    return min(steps * step, LONGEST_ENTRY)


def entry_notes(kind: ArtifactKind, title: str, summary: str) -> str:
    """What the time was spent on. It may come to be read on an invoice, so a package's content is not told."""
    subject = " ".join((summary if kind is ArtifactKind.RESOLUTION_NOTE else "").split()) or title
    prefix = "Escalated: " if kind is ArtifactKind.ESCALATION_PACKAGE else ""
    return clip(f"{prefix}{' '.join(without_hidden(subject).split())}", NOTES_LIMIT)
