"""Scripted engineers: each works one case after the other, from the first word to the note on the ticket.

What an engineer does next is drawn from the seed; whatever has an effect carries a mark of its own, so that the effect
can be found again in the database, on the ticket and in the stream.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import uuid4

from tests.chaos.client import Json, Person, Refused
from tests.chaos.follower import Follower
from tests.chaos.ledger import FINAL, Case, Kind, Ledger

_BUSY = ("queued", "running")
_POLL = 0.5


@dataclass
class Office:
    """What the engineers of an account share: two people who sign in, tickets nobody has taken yet, and the clock."""

    account: str
    people: tuple[Person, Person]
    tickets: deque[str]
    ledger: Ledger
    closing_at: float = math.inf
    """When nobody begins another case and everybody ends the one at hand; seconds of the monotonic clock."""
    cases: list[Case] = field(default_factory=list)
    followers: dict[str, Follower] = field(default_factory=dict)
    """The page of each session; the one of a case that has ended is closed."""
    not_theirs: list[Case] = field(default_factory=list)
    """The cases of another account."""


class Engineer:
    """One place at the desk. `choice` is its own stream of the seed, so that the places do not disturb each other."""

    def __init__(self, office: Office, place: int, seed: int) -> None:
        self._office = office
        self._choice = random.Random(f"{seed}/{place}")
        self._person, self._other = office.people if place % 2 else office.people[::-1]

    async def work(self) -> None:
        """Case after case until the office closes; the last one is worked to its end."""
        while True:
            case = await self._open()
            page = asyncio.create_task(self._office.followers[case.id].run())
            try:
                await self._work_on(case)
                case.ended_at = time.time()
            except Refused as refused:  # nothing that a script expects: the verdict tells of it
                case.last_command += f", which was refused: {refused}"
            finally:
                page.cancel()
            if time.monotonic() >= self._office.closing_at:
                return

    # --- one case ---

    async def _open(self) -> Case:
        ticket = None
        if self._office.tickets and self._choice.random() < 0.9:
            ticket = self._office.tickets.popleft()
        mark = self._mark()
        body: Json = {"psa_ticket_id": ticket} if ticket else {"text": f"Nothing prints any more. {mark}"}
        opened = await self._person.command(
            Kind.START, "", "POST", "/ai-sessions", body, mark=mark, ticket=ticket
        )
        case = Case(opened["id"], ticket, self._office.account)
        self._office.followers[case.id] = Follower(self._person, case.id, self._office.ledger, self._choice)
        self._office.cases.append(case)
        return case

    async def _work_on(self, case: Case) -> None:
        escalates = self._choice.random() < 0.3
        await self._busy(case, self._choice.randint(5, 12))
        await self._trespass()
        if escalates:
            await self._end(case, "escalation-package", Kind.ESCALATE, "escalated")
            self._person, self._other = self._other, self._person
            await self._tell(case, Kind.PICK_UP, "POST", "/pick-up")
            await self._busy(case, self._choice.randint(1, 4))
        await self._end(case, "resolution-note", Kind.RESOLVE, "resolved")

    async def _busy(self, case: Case, steps: int) -> None:
        """So many things in any order; fewer once the office closes."""
        doing: list[tuple[float, Callable[[Case], Awaitable[None]]]] = [
            (4, self._say),
            (4, self._answer),
            (3, self._note_fact),
            (1, self._correct_fact),
            (1, self._delete_fact),
            (1, self._stop_reply),
            (3, self._try_fix),
            (1, self._look),
            (1, self._share_update),
            (1, self._split_off),
            (1, self._pause),
        ]
        weights, actions = [weight for weight, _ in doing], [action for _, action in doing]
        for _ in range(steps):
            if time.monotonic() >= self._office.closing_at:
                return
            action = self._choice.choices(actions, weights)[0]
            await action(case)
            await asyncio.sleep(self._choice.uniform(0.2, 1.5))

    async def _tell(
        self,
        case: Case,
        kind: Kind,
        method: str,
        path: str,
        body: Json | None = None,
        mark: str = "",
        detail: str = "",
    ) -> Json:
        case.last_command = f"{kind} {path}"
        return await self._person.command(
            kind,
            case.id,
            method,
            f"/ai-sessions/{case.id}{path}",
            body,
            mark=mark,
            ticket=case.ticket,
            detail=detail,
        )

    async def _detail(self, case: Case) -> Json:
        return await self._person.read(f"/ai-sessions/{case.id}")

    def _mark(self) -> str:
        mark = f"mark-{uuid4().hex}"
        self._office.ledger.owners[mark] = self._office.account
        return mark

    # --- what an engineer does ---

    async def _say(self, case: Case) -> None:
        mark = self._mark()
        words = self._choice.choice(
            ["Since Monday.", "The log shows it again.", "It still fails.", "It worked."]
        )
        await self._tell(case, Kind.MESSAGE, "POST", "/messages", {"text": f"{words} {mark}"}, mark)

    async def _answer(self, case: Case) -> None:
        """Everything that is open, once the reply is there; what was answered meanwhile takes an answer too."""
        lane = (await self._settled(case))["lane"]
        mark = self._mark()
        items = [
            {"item_id": item["id"], "answer": f"Several people, {mark}"}
            if item["kind"] == "question"
            else {"item_id": item["id"], "output": f"Completed without errors, {mark}"}
            for item in lane
            if item["status"] == "open"
        ][:20]
        if items:
            await self._tell(case, Kind.ANSWERS, "POST", "/items", {"items": items}, mark)

    async def _note_fact(self, case: Case) -> None:
        mark = self._mark()
        body = {"text": f"The fuse is fine, {mark}."}
        fact = await self._tell(case, Kind.FACT, "POST", "/facts", body, mark)
        case.facts[fact["id"]] = mark

    async def _correct_fact(self, case: Case) -> None:
        if not case.facts:
            return
        fact, mark = self._choice.choice([*case.facts]), self._mark()
        body = {"text": f"The fuse is gone, {mark}."}
        await self._tell(case, Kind.CORRECT, "PATCH", f"/facts/{fact}", body, mark, case.facts[fact])
        case.facts[fact] = mark

    async def _delete_fact(self, case: Case) -> None:
        if not case.facts:
            return
        fact = self._choice.choice([*case.facts])
        await self._tell(case, Kind.DELETE, "DELETE", f"/facts/{fact}", None, "", case.facts[fact])
        del case.facts[fact]

    async def _stop_reply(self, case: Case) -> None:
        """While one is under way, or when it has just ended."""
        await self._say(case)
        try:
            await self._tell(case, Kind.STOP, "POST", "/stop")
        except Refused as refused:
            if refused.code != "no_reply_running":
                raise

    async def _try_fix(self, case: Case) -> None:
        """Run the fix that is proposed, or say how the one that was run went."""
        fix = (await self._settled(case))["active_fix"]
        if fix is None:
            return
        path = f"/suggested-fixes/{fix['id']}"
        # Replaced by another fix, or judged, while we were reading: the rule says no, and that is its right.
        with suppress(Refused):
            if fix["status"] == "proposed" and fix.get("applied_at") is None:
                await self._tell(case, Kind.APPLY, "POST", f"{path}/apply", mark=fix["id"])
                return
            if fix["status"] not in FINAL:
                outcome = self._choice.choice([*FINAL, "applied_partial"])
                body = {"outcome": outcome, "notes": None if outcome == FINAL[0] else f"Noted {self._mark()}"}
                await self._tell(case, Kind.OUTCOME, "PATCH", f"{path}/outcome", body, fix["id"], outcome)

    async def _look(self, case: Case) -> None:
        await self._person.read(f"/ai-sessions/{case.id}/resolution-note/preview", "POST")

    async def _share_update(self, case: Case) -> None:
        if case.ticket is None:
            return
        mark = self._mark()
        body = {"markdown": f"We are working on it. {mark}", "audience": "client"}
        # Where the ticketing system refused it, the verdict looks whether it stands there.
        with suppress(Refused):
            await self._tell(case, Kind.UPDATE, "POST", "/updates", body, mark)
        await self._written(case)

    async def _split_off(self, case: Case) -> None:
        if case.ticket is None:
            return
        mark = self._mark()
        body = {"summary": f"Second {mark}"}
        # Where the ticketing system refused it, nothing may stand there; the verdict looks.
        with suppress(Refused):
            await self._tell(case, Kind.SECOND_TICKET, "POST", "/spin-off-tickets", body, mark)

    async def _pause(self, case: Case) -> None:
        await self._tell(case, Kind.PAUSE, "POST", "/pause")
        await asyncio.sleep(self._choice.uniform(0.1, 1.0))
        await self._tell(case, Kind.RESUME, "POST", "/resume")

    async def _trespass(self) -> None:
        """Read and write a session of another account whose id has become known."""
        if not self._office.not_theirs:
            return
        path = f"/ai-sessions/{self._choice.choice(self._office.not_theirs).id}"
        await self._person.trespass("GET", path)
        await self._person.trespass("POST", f"{path}/facts", {"text": f"It is ours, {self._mark()}."})

    async def _end(self, case: Case, artifact: str, kind: Kind, status: str) -> None:
        """Confirm what the preview shows, and press again as a person would, until the session has that status."""
        path = f"/ai-sessions/{case.id}/{artifact}/preview"
        mark = self._mark()
        shown = (await self._person.read(path, "POST"))["markdown"]
        minutes = self._choice.choice([None, 0, 15])
        while True:
            detail = await self._written(case)
            session = detail["session"]
            if session["status"] == status:
                return
            # With the same words: what stands there already is not posted again.
            body: Json = {"markdown": f"{shown}\n\n{mark}", "log_minutes": minutes}
            fix = detail["active_fix"]
            if kind is Kind.ESCALATE and fix and fix.get("applied_at") and fix["status"] not in FINAL:
                body["fix_outcome"] = FINAL[1]
            try:
                if _writeback(detail) in ("failed", "unverified") and self._choice.random() < 0.5:
                    await self._tell(case, Kind.FINISH, "POST", "/writeback/retry")
                else:
                    detail_text = "" if minutes is None else str(minutes)
                    await self._tell(case, kind, "POST", f"/{artifact}/post", body, mark, detail_text)
            except Refused as refused:
                if refused.status not in (409, 502):
                    raise
            await asyncio.sleep(_POLL)

    # --- waiting as a page does ---

    async def _settled(self, case: Case) -> Json:
        """The session once no reply is under way. A reply that failed is asked for again, as its button does."""
        case.last_command = "waiting for the reply"
        while True:
            detail = await self._detail(case)
            states = [message.get("turn_state") for message in detail["messages"]]
            if any(state in _BUSY for state in states):
                await asyncio.sleep(_POLL)
                continue
            if "failed" not in states:
                return detail
            try:
                await self._tell(case, Kind.RETRY, "POST", "/retry")
            except Refused:  # a later reply ended well: there is nothing to run again
                return detail
            await asyncio.sleep(_POLL)

    async def _written(self, case: Case) -> Json:
        """The session once nothing is on its way to the ticket."""
        case.last_command = "waiting for the note"
        while True:
            detail = await self._detail(case)
            if _writeback(detail) != "running":
                return detail
            await asyncio.sleep(_POLL)


def _writeback(detail: Json) -> str | None:
    """How the latest one stands; None before the first."""
    latest = detail["session"]["writeback"]
    return None if latest is None else str(latest["state"])
