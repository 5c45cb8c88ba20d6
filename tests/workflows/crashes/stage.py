"""One session of a rehearsal: what it is told, and how it stands in the end, free of ids and times."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from sqlalchemy import select

from domain.commands import Command, CommandAck
from domain.vocabulary import EventType, TurnState, WritebackState
from infra.database.models import (
    Artifact,
    DraftTemplate,
    Fact,
    Fix,
    LaneItem,
    LlmCall,
    Message,
    ReplyChunk,
    SessionDigest,
    SessionEvent,
    SpinOffTicket,
    Turn,
    Writeback,
)
from infra.simulators.connectwise.server import SimulatorServer
from tests.support.waiting import until
from tests.workflows.ticket_on_psa import TICKET
from tests.workflows.worked_session import WorkedSession
from workflows.troubleshooting_session.messages import OpenSession, WritebackAnswer

Answer = CommandAck | WritebackAnswer

WITHIN = 120.0
"""Seconds for anything a session of a rehearsal is waited for: many are worked at once."""

_WORDS = (
    *("printer", "Drucker", "принтер", "打印机", "it’s", "“tray 2”", "100%", "off;"),
    *("a\\nb", "\\u0000", "<b>", "[QUESTIONS]", "é", "👩🏽‍🔧", "a\nnew line"),
)


class Stage:
    """A session, everything it was told, and the desk it stands on. `dice` make one rehearsal unlike another."""

    def __init__(self, session: WorkedSession, dice: random.Random, psa: SimulatorServer | None) -> None:
        self.session = session
        self.dice = dice
        self.psa = psa
        self.opened = asyncio.Event()
        self.told: list[tuple[str, Command, Answer]] = []
        if psa is not None:
            self._tickets_before = len(psa.simulator.store.all("tickets"))
            self._notes_before = len(psa.notes(int(TICKET)))

    def words(self, cue: str = "") -> str:
        """Something to say, different in every rehearsal."""
        return f"{cue} {' '.join(self.dice.choices(_WORDS, k=6))} {self.dice.randrange(10**6)}".strip()

    async def tell(
        self, update: str, command: Command, kind: type[Answer] = CommandAck, *, settle: bool = True
    ) -> None:
        """Send a command and wait for its answer, and for the reply when one follows, unless it never ends."""
        fresh = isinstance(command, OpenSession) and not self.told
        answer = await self.session.send(update, command, kind, fresh=fresh)
        self.told.append((update, command, answer))
        self.opened.set()
        if isinstance(answer, WritebackAnswer) and answer.writeback_number is not None:
            self.session.writebacks_seen.add(answer.writeback_number)
        if settle:
            await self.session.settled(within=WITHIN)

    async def open(self, text: str | None = None, **fields: Any) -> None:
        await self.tell(
            "open_session", self.session.command(OpenSession, text=text, title="A case", **fields)
        )

    async def until_event(self, type_: EventType, times: int = 1) -> None:
        async def there() -> bool:
            return len(await self.session.events(type_)) >= times

        await until(there, within=WITHIN, what=f"{times} × {type_.value}")

    async def writebacks_ended(self) -> None:
        """Also for the workflow, which learns of it later than the rows when the last step of one dies."""

        async def ended() -> bool:
            return all(row.state is not WritebackState.RUNNING for row in await self.session.rows(Writeback))

        await until(ended, within=WITHIN, what="the end of the writeback")
        await self.session.until(
            lambda view: view.snapshot is not None and view.snapshot.running_writeback is None, within=WITHIN
        )

    async def end_state(self) -> dict[str, Any]:
        """Everything of the session that is the same however often a step of it was tried."""
        session = self.session
        row = await session.row()
        events = await session.rows(SessionEvent)
        state: dict[str, Any] = {
            "status": row.status,
            "state_version": row.state_version,
            "last_seq": row.last_seq,
            "digest_due": row.digest_due,
            "is worked by the engineer": row.engineer_id == session.tenant.user_id(),
            "ticket": row.psa_ticket_id,
            "events": Counter((event.type, event.command_name) for event in events),
            "messages": Counter(
                (one.role, one.text, one.turn_state, one.error_code, one.stop_reason)
                for one in await session.rows(Message)
            ),
            "facts": Counter(
                (one.text, one.source_type, one.source_summary, one.deleted_at is None, one.disputed)
                for one in await session.rows(Fact)
            ),
            "fixes": Counter(
                (
                    one.title,
                    one.status,
                    one.applied_at is None,
                    one.verified_at is None,
                    one.superseded_at is None,
                    one.partial_notes,
                    one.user_decision,
                    one.script_used,
                    one.ai_drafted_script,
                    one.outcome_proposal is None,
                    one.nudge_silenced_until,
                )
                for one in await session.rows(Fix)
            ),
            "lane": Counter(
                (one.kind, one.text, one.status, one.answer, one.output, one.position)
                for one in await session.rows(LaneItem)
            ),
            "artifacts": Counter((one.kind, one.state_version) for one in await session.rows(Artifact)),
            "writebacks": Counter(
                (one.number, one.kind, one.state, one.step, one.note_id is None, one.time_minutes)
                for one in await session.rows(Writeback)
            ),
        }
        async with session.database.tenant(session.tenant.account_id) as db:

            async def all_of(kind: Any) -> Sequence[Any]:
                return (await db.execute(select(kind).where(kind.session_id == session.id))).scalars().all()

            state["turns"] = Counter((one.state, one.error_code) for one in await all_of(Turn))
            state["paid turns"] = sum(one.action == "chat_turn" for one in await all_of(LlmCall))
            state["digests"] = Counter((one.version, one.text) for one in await all_of(SessionDigest))
            state["drafts"] = Counter(one.script_body for one in await all_of(DraftTemplate))
            state["pieces of replies"] = len(await all_of(ReplyChunk))
            state["second tickets"] = Counter(
                (one.summary, one.state, one.ticket_id is None) for one in await all_of(SpinOffTicket)
            )
        return state | self._on_psa()

    def _on_psa(self) -> dict[str, Any]:
        if self.psa is None:
            return {}
        return {
            "notes on the ticket": Counter(
                note["text"] for note in self.psa.notes(int(TICKET))[self._notes_before :]
            ),
            "time on the ticket": [
                round(entry["actualHours"] * 60) for entry in self.psa.time_entries(int(TICKET))
            ],
            "status of the ticket": self.psa.ticket(int(TICKET))["status"]["id"],
            "tickets created": len(self.psa.simulator.store.all("tickets")) - self._tickets_before,
        }

    async def broken_promises(self) -> list[str]:
        """What every session keeps, whatever died: told one by one where it does not hold."""
        session, found = self.session, []
        row = await session.row()
        events = await session.rows(SessionEvent)
        if [event.seq for event in events] != list(range(1, row.last_seq + 1)):
            found.append(f"the events have holes or repeats: {[event.seq for event in events]}")
        for message in await session.rows(Message):
            told = [
                event.seq
                for event in events
                if event.type is EventType.MESSAGE_CREATED
                and event.payload["message"]["id"] == str(message.id)
            ]
            if told != [message.seq]:
                found.append(f"message {message.seq} is told by the events {told}")
            if message.turn_state in (TurnState.QUEUED, TurnState.RUNNING):
                found.append(f"message {message.seq} still waits")
        active = [
            fix
            for fix in await session.rows(Fix)
            if fix.superseded_at is None and fix.status.value != "dismissed"
        ]
        if len(active) > 1:
            found.append("more than one fix is active")
        for update, command, answer in self.told:
            recorded = [event for event in events if event.command_id == command.command_id]
            if len(recorded) != 1:
                found.append(f"{update} stands {len(recorded)} times in the events")
                continue
            (event,) = recorded
            entity = getattr(answer, "entity_id", None)
            stored = (event.result or {}).get("id")
            if (answer.seq, answer.request_hash) != (event.seq, event.request_hash):
                found.append(f"{update} was answered otherwise than it is stored")
            if entity is not None and str(entity) != stored:
                found.append(f"{update} was answered with another id than the stored one")
        return found

    async def changed_by_repeats(self) -> list[str]:
        """Every command once more, under another update id: the same answer, and nothing changes."""
        before, found = await self.end_state(), []
        for update, command, answer in self.told:
            kind: type[BaseModel] = type(answer)
            again = await self.session.send(update, command, kind, update_id=f"again {command.command_id}")
            left_out = {"pending"}  # whether it waited is no part of the answer
            if again.model_dump(exclude=left_out) != answer.model_dump(exclude=left_out):
                found.append(f"{update} answers a repeat otherwise: {again} instead of {answer}")
        return found + differences(before, await self.end_state(), "before the repeats", "after them")


def differences(one: dict[str, Any], other: dict[str, Any], a: str, b: str) -> list[str]:
    """Where two end states are not alike."""
    return [
        f"{key}: {a} {_left(one.get(key), other.get(key))}, {b} {_left(other.get(key), one.get(key))}"
        for key in one | other
        if one.get(key) != other.get(key)
    ]


def _left(value: Any, other: Any) -> Any:
    return dict(value - other) if isinstance(value, Counter) and isinstance(other, Counter) else value
