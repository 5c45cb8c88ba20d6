"""A ConnectWise and an account connected to it, on which runs work one after the other, each on a new ticket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from infra.simulators.connectwise.credentials import API_MEMBER
from infra.simulators.connectwise.faults import Fault
from infra.simulators.connectwise.server import SimulatorServer
from tests.support.tenants import Tenant
from tests.support.waiting import until
from tests.workflows.conftest import Sessions
from tests.writeback_matrix.table import Step, Trouble

Record = dict[str, Any]


@dataclass(frozen=True)
class OnPsa:
    """A ticket as the PSA holds it, whatever the product believes. `status` is None when there is no such ticket."""

    status: int | None
    notes: list[Record]
    """Those that came over the API, oldest first."""
    time: list[Record]


class Desk:
    """What the runs of one lane share."""

    def __init__(self, psa: SimulatorServer, tenant: Tenant, sessions: Sessions) -> None:
        self.psa = psa
        self.tenant = tenant
        self.sessions = sessions
        # A connection for each look: one that was kept can be closed by the simulator at the very moment it is used.
        self._control = httpx.AsyncClient(
            base_url=f"{psa.url}/_simulator", timeout=30, limits=httpx.Limits(max_keepalive_connections=0)
        )

    async def aclose(self) -> None:
        await self._control.aclose()

    async def look(self, ticket: int) -> OnPsa:
        """Ask the simulator itself what it has stored."""
        found = await self._stored("tickets", id=ticket)
        notes = await self._stored("notes", ticketId=ticket, createdBy=API_MEMBER)
        time = await self._stored("timeEntries", chargeToId=ticket)
        return OnPsa(found[0]["status"]["id"] if found else None, notes, time)

    async def _stored(self, collection: str, **fields: int | str) -> list[Record]:
        answer = await self._control.get(f"/state/{collection}", params=fields)
        records: list[Record] = answer.raise_for_status().json()
        return records

    def bring(
        self, trouble: Trouble, step: Step, ticket: int, *, times: int | None, moves: bool
    ) -> Fault | None:
        """Let the trouble come at the step; None for one that the PSA's requests do not show."""
        if not trouble.rule:
            return None
        rule = dict(trouble.rule)
        if rule["kind"] == "status_moved" and step is Step.STATUS:
            rule["kind"] = "revert_status"  # a rule that acts on the very change
        here = rf"/service/tickets/{ticket}"
        method, path = {
            Step.POST: ("POST", f"{here}/notes$"),
            Step.TIME: ("POST", "/time/entries$"),
            Step.STATUS: ("PATCH", f"{here}$"),
            Step.VERIFY: ("GET", f"{here}$"),
        }[step]
        if step is Step.VERIFY:
            # The first look after the last thing that was done: the change of status, or the read that found none due.
            rule["after"] = f"^{'PATCH' if moves else 'GET'} {here}$"
        return self.psa.add_fault(method=method, path=path, times=times, ticket=ticket, **rule)

    def came(self, fault: Fault, times: int | None) -> bool:
        """Whether the trouble, which was brought for so many times, has met a request."""
        if fault.times is not None and times is not None:
            return fault.times < times
        return fault.after is None and any(
            fault.matches(one.method, one.path) for one in self.psa.requests(fault.method)
        )

    async def has_hit(self, fault: Fault, times: int = 1) -> None:
        """Wait until the trouble has come so many times; one that comes once, until it has come."""
        if fault.times is not None:
            await until(
                self._gone(fault), within=60, what=f"{fault.kind.value} at {fault.method} {fault.path}"
            )
            return

        async def seen() -> bool:
            found = [one for one in self.psa.requests(fault.method) if fault.matches(one.method, one.path)]
            return len(found) >= times

        await until(seen, within=60, what=f"{fault.kind.value} at {fault.method} {fault.path}")

    def _gone(self, fault: Fault) -> Any:
        async def gone() -> bool:
            return all(rule is not fault for rule in self.psa.simulator.faults.rules)

        return gone

    def mend(self) -> None:
        """Everything works again."""
        self.psa.clear_faults()
        self.psa.configure(key_revoked=False, auth_failure_status=401)
