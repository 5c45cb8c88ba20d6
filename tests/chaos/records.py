"""What is there at the end: rows and tickets, read past the product, and what the product shows of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg
import httpx

from tests.chaos.client import Json, Person

Row = dict[str, Any]

_WITH_SESSION = """
SELECT a.table_name FROM information_schema.columns a
JOIN information_schema.columns s USING (table_schema, table_name)
WHERE a.table_schema = 'public' AND a.column_name = 'account_id' AND s.column_name = 'session_id'
"""
_TABLES = {
    "sessions": "SELECT id AS session_id, account_id::text AS account_id, status, psa_ticket_id FROM sessions "
    "WHERE id = ANY($1)",
    "events": "SELECT session_id, seq, type, command_id, payload::text AS payload FROM session_events "
    "WHERE session_id = ANY($1) ORDER BY seq",
    "messages": "SELECT session_id, id, seq, role, text, answers::text AS answers, turn_id, turn_state FROM messages "
    "WHERE session_id = ANY($1) ORDER BY seq",
    "facts": "SELECT session_id, text FROM facts WHERE session_id = ANY($1) AND deleted_at IS NULL",
    "fixes": "SELECT session_id, id, status, applied_at, superseded_at FROM fixes WHERE session_id = ANY($1)",
    "writebacks": "SELECT session_id, number, kind, ticket_id, markdown, state, step, note_id, time_entry_id, "
    "time_error_code, error_code, observed_status_id FROM writebacks WHERE session_id = ANY($1) ORDER BY number",
    "second_tickets": "SELECT session_id, summary, state, ticket_id, error_code FROM spin_off_tickets "
    "WHERE session_id = ANY($1)",
    "turns": "SELECT t.session_id, t.id, t.state, t.provider, t.attempt, t.finished_at, "
    "(SELECT min(m.created_at) FROM messages m WHERE m.id = ANY(t.message_ids)) AS asked_at "
    "FROM turns t WHERE t.session_id = ANY($1)",
}


_OTHER_SESSIONS = """
SELECT s.id::text AS id, min(e.command_id) FILTER (WHERE e.seq = 1) AS command_id
FROM sessions s LEFT JOIN session_events e ON e.session_id = s.id
WHERE s.id <> ALL($1) GROUP BY s.id
"""
_COLLECTIONS = ("notes", "timeEntries", "tickets")


@dataclass(frozen=True)
class Before:
    """The ids of what was there before anybody worked: whatever else is there at the end, somebody has asked for."""

    sessions: frozenset[str] = frozenset()
    notes: frozenset[str] = frozenset()
    time_entries: frozenset[str] = frozenset()
    tickets: frozenset[str] = frozenset()


@dataclass
class Records:
    """Rows by table, each table by session; and the collections of the ticketing system."""

    tables: dict[str, dict[str, list[Row]]]
    shown: dict[str, Json]
    """Each session as the api tells it, with all of its messages."""
    notes: list[Json]
    time_entries: list[Json]
    tickets: list[Json]
    mixed: list[str] = field(default_factory=list)
    """Tables with rows whose account is not that of their session."""
    before: Before = field(default_factory=Before)
    other_sessions: list[Row] = field(default_factory=list)
    """Sessions that nobody was told of and that were not there before, with the key of the command that opened them."""

    def of(self, table: str, session: str) -> list[Row]:
        return self.tables[table].get(session, [])

    def all(self, table: str) -> list[Row]:
        return [row for rows in self.tables[table].values() for row in rows]

    @property
    def new_notes(self) -> list[Json]:
        return [note for note in self.notes if str(note["id"]) not in self.before.notes]

    @property
    def new_time_entries(self) -> list[Json]:
        return [one for one in self.time_entries if str(one["id"]) not in self.before.time_entries]

    @property
    def new_tickets(self) -> list[Json]:
        return [ticket for ticket in self.tickets if str(ticket["id"]) not in self.before.tickets]

    def notes_with(self, mark: str) -> list[Json]:
        return [note for note in self.notes if mark in (note["text"] or "")]

    def tickets_with(self, mark: str) -> list[Json]:
        return [ticket for ticket in self.tickets if mark in (ticket["summary"] or "")]

    def time_on(self, ticket: str) -> list[Json]:
        return [entry for entry in self.time_entries if str(entry["chargeToId"]) == ticket]

    def replies(self) -> list[tuple[str, float, float]]:
        """Session, when it was asked, when the reply had ended; of those that ended well."""
        return [
            (row["session_id"], _seconds(row["asked_at"]), _seconds(row["finished_at"]))
            for row in self.all("turns")
            if row["state"] == "done" and row["asked_at"] and row["finished_at"]
        ]


async def read_before(admin_database_url: str, simulator_url: str) -> Before:
    """What is there now."""
    database = await asyncpg.connect(admin_database_url.replace("+asyncpg", ""))
    try:
        sessions = await database.fetch("SELECT id::text FROM sessions")
    finally:
        await database.close()
    notes, time_entries, tickets = [
        frozenset(str(one["id"]) for one in collection) for collection in await _collections(simulator_url)
    ]
    return Before(frozenset(row["id"] for row in sessions), notes, time_entries, tickets)


async def read_records(
    admin_database_url: str, simulator_url: str, readers: Mapping[str, Person], before: Before
) -> Records:
    """Everything about these sessions, each with somebody who may read it. The stack must be up."""
    shown = {session: await _shown(reader, session) for session, reader in readers.items()}
    sessions = list(readers)
    database = await asyncpg.connect(admin_database_url.replace("+asyncpg", ""))
    try:
        tables = {name: _by_session(await database.fetch(query, sessions)) for name, query in _TABLES.items()}
        mixed = await _mixed(database)
        others = [dict(row) for row in await database.fetch(_OTHER_SESSIONS, sessions)]
    finally:
        await database.close()
    notes, time_entries, tickets = await _collections(simulator_url)
    unknown = [row for row in others if row["id"] not in before.sessions]
    return Records(tables, shown, notes, time_entries, tickets, mixed, before, unknown)


async def _collections(simulator_url: str) -> list[list[Json]]:
    """Notes, time entries and tickets as the ticketing system keeps them."""
    async with httpx.AsyncClient(base_url=simulator_url, timeout=30, trust_env=False) as http:
        return [
            json.loads((await http.get(f"/_simulator/state/{name}")).raise_for_status().content)
            for name in _COLLECTIONS
        ]


async def _mixed(database: asyncpg.Connection) -> list[str]:
    """Over every table that knows both: a row belongs to the account of its session."""
    found = []
    for (table,) in await database.fetch(_WITH_SESSION):
        count = await database.fetchval(
            f'SELECT count(*) FROM "{table}" r JOIN sessions s ON s.id = r.session_id '  # noqa: S608
            "WHERE r.account_id <> s.account_id"
        )
        if count:
            found.append(f"{count} rows of {table} have another account than their session")
    return found


async def _shown(reader: Person, session: str) -> Json:
    detail = await reader.read(f"/ai-sessions/{session}")
    messages: list[Json] = []
    query = "?limit=200"
    while query:
        page = await reader.read(f"/ai-sessions/{session}/messages{query}")
        messages = [*page["items"], *messages]
        query = f"?limit=200&before={page['next_cursor']}" if page["next_cursor"] else ""
    return detail | {"messages": messages}


def _by_session(rows: list[asyncpg.Record]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        content = dict(row) | {"session_id": str(row["session_id"])}
        found.setdefault(content["session_id"], []).append(content)
    return found


def _seconds(moment: datetime) -> float:
    return moment.timestamp()
