"""The ticket of these tests in the simulator: what came to it since the test began."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update

from infra.database.models import FlowpilotSettings
from infra.simulators.connectwise.server import SimulatorServer
from tests.workflows.worked_session import WorkedSession

TICKET = "48231"
BOARD_STATUSES = {"in_progress": 102, "waiting": 103, "escalated": 104, "resolved": 105, "closed": 106}
"""Statuses of the board of that ticket."""

NOTE = "## Problem\n\nPrinted nothing.\n\n## Resolution\n\nCleaned the “drum”."
PACKAGE = "## Problem\n\nPrints nothing at all. Since Monday.\n\n## What we've tried\n\n- Clean the drum: did not help."


class Ticket:
    """The ticket, as it was and as it is."""

    def __init__(self, psa: SimulatorServer) -> None:
        self._psa = psa
        self._notes_before = len(psa.notes(int(TICKET)))
        self._time_before = len(self._entries())

    @property
    def new_notes(self) -> list[dict[str, Any]]:
        return self._psa.notes(int(TICKET))[self._notes_before :]

    @property
    def texts(self) -> list[str]:
        return [note["text"] for note in self.new_notes]

    @property
    def status(self) -> int:
        status: int = self._psa.ticket(int(TICKET))["status"]["id"]
        return status

    @property
    def new_time(self) -> list[dict[str, Any]]:
        return self._entries()[self._time_before :]

    @property
    def logged_minutes(self) -> list[int]:
        return [round(entry["actualHours"] * 60) for entry in self.new_time]

    def _entries(self) -> list[dict[str, Any]]:
        store = self._psa.simulator.store
        return [entry for entry in store.all("timeEntries") if entry["chargeToId"] == int(TICKET)]


def shown_on(note: dict[str, Any]) -> list[str]:
    """The tabs of the ticket on which the note stands."""
    tabs = {
        "discussion": "detailDescriptionFlag",
        "internal": "internalAnalysisFlag",
        "resolution": "resolutionFlag",
    }
    return [tab for tab, flag in tabs.items() if note[flag]]


async def configure(session: WorkedSession, **changes: Any) -> None:
    """Change the FlowPilot settings of the session's account."""
    async with session.database.tenant(session.tenant.account_id) as db:
        await db.execute(update(FlowpilotSettings).values(**changes))
