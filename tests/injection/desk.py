"""Accounts whose sessions were told hostile things, and what may not change in them or leave them."""

from __future__ import annotations

import base64
from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, text
from sqlalchemy.orm import DeclarativeBase

from domain.text import normalise_text
from domain.vocabulary import (
    FactSource,
    FixStatus,
    LaneItemKind,
    LaneItemStatus,
    MessageRole,
    TurnState,
)
from infra.config import Settings
from infra.database.connection import Database
from infra.database.models import (
    Base,
    Fact,
    Fix,
    FlowRecord,
    LaneItem,
    Message,
    ScriptTemplate,
    Session,
    TicketSnapshot,
)
from infra.seed.knowledge import flow_row
from infra.simulators.connectwise import credentials
from infra.storage.store import ObjectStore
from tests.injection.channels import NOW, Channel, Placed
from tests.injection.corpus import HostileText
from tests.injection.obedience import FOREIGN_SLUG
from tests.support.rows import session_row, store
from tests.support.tenants import PASSWORD, Tenant

CANARY = "foreign-canary-7731"
"""Stands in everything that belongs to another account."""

WRITTEN_BY_A_TURN = {
    "sessions",
    "messages",
    "turns",
    "session_events",
    "facts",
    "fixes",
    "lane_items",
    "llm_calls",
    "reply_chunks",
    "session_search_texts",
}
TENANT_TABLES = sorted(table.name for table in Base.metadata.tables.values() if "account_id" in table.columns)


@dataclass(frozen=True)
class Case:
    """A session that waits for its turn. `run` is its active fix, which was run; `failed` and `dismissed` are older."""

    channel: Channel
    hostile: HostileText
    placed: Placed
    session_id: UUID
    message_id: UUID
    question: UUID
    check: UUID
    fact: UUID
    run: UUID
    failed: UUID
    dismissed: UUID


async def prepare(
    database: Database, storage: ObjectStore, tenant: Tenant, channel: Channel, texts: Sequence[HostileText]
) -> list[Case]:
    """A session for each text, with the text in the channel."""
    cases: list[Case] = []
    rows: dict[type[DeclarativeBase], list[dict[str, Any]]] = {
        one: [] for one in (FlowRecord, TicketSnapshot, Session, LaneItem, Message, Fact, Fix)
    }
    for hostile in texts:
        placed = Placed(word=f"{channel.name.replace('-', '')}{hostile.ref}word".replace("zq", ""))
        channel.place(placed, hostile.text)
        case = Case(channel, hostile, placed, *(uuid4() for _ in range(8)))
        cases.append(case)
        _add(rows, tenant, case)
        await placed.store(storage, tenant.account_id)
    async with database.admin() as db:
        for model, values in rows.items():
            if values:
                await db.execute(insert(model), values)
    return cases


def _add(rows: dict[type[DeclarativeBase], list[dict[str, Any]]], tenant: Tenant, case: Case) -> None:
    placed, account_id = case.placed, tenant.account_id
    own = {"account_id": account_id, "session_id": case.session_id, "created_at": NOW}
    if placed.flow is not None:
        rows[FlowRecord].append(flow_row(account_id, placed.flow))
    ticket = placed.ticket
    if ticket is not None:
        rows[TicketSnapshot].append(
            {
                "account_id": account_id,
                "connection_id": tenant.connection_id,
                "ticket_id": ticket.id,
                "document": ticket.model_dump(mode="json"),
                "fetched_at": NOW,
            }
        )
    session = session_row(
        tenant,
        0,
        "Printing is slow",
        id=case.session_id,
        problem_summary=placed.word,
        psa_connection_id=tenant.connection_id if ticket else None,
        psa_ticket_id=ticket.id if ticket else None,
        state_version=3,
        last_seq=3,
    )
    rows[Session].append({key: value for key, value in vars(session).items() if not key.startswith("_")})
    rows[LaneItem] += [
        {
            **own,
            "id": item_id,
            "position": position,
            "kind": kind,
            "text": words,
            "normalised_text": normalise_text(words),
            "status": LaneItemStatus.ANSWERED if placed.output else LaneItemStatus.OPEN,
            "output": placed.output if kind is LaneItemKind.CHECK else None,
        }
        for position, (item_id, kind, words) in enumerate(
            [
                (case.question, LaneItemKind.QUESTION, "Who is affected?"),
                (case.check, LaneItemKind.CHECK, "Look at the spooler"),
            ],
            start=1,
        )
    ]
    answers = [{"item_id": str(case.check), "output": placed.output}] if placed.output else None
    upload = placed.upload()
    said = {**own, "turn_id": None, "answers": None, "uploads": None, "turn_state": None, "author_id": None}
    rows[Message] += [
        {
            **said,
            "id": uuid4(),
            "seq": 1,
            "role": MessageRole.SYSTEM,
            "text": placed.line or "The session began.",
        },
        {
            **said,
            "id": case.message_id,
            "seq": 2,
            "role": MessageRole.ENGINEER,
            "text": placed.word,
            "answers": answers,
            "uploads": [upload] if upload else None,
            "turn_state": TurnState.QUEUED,
            "author_id": tenant.user_id(),
        },
    ]
    rows[Fact].append(
        {
            **own,
            "id": case.fact,
            "seq": 3,
            "text": "The cable is new.",
            "normalised_text": "the cable is new.",
            "source_type": FactSource.USER_NOTE,
            "created_by": tenant.user_id(),
            "updated_at": NOW,
        }
    )
    fix = {**own, "updated_at": NOW, "description": "As usual.", "confidence_pct": 80, "user_decision": None}
    rows[Fix] += [
        {
            **fix,
            "id": fix_id,
            "title": title,
            "status": status,
            "applied_at": NOW,
            "superseded_at": NOW if fix_id == case.failed else None,
            "status_before_dismissal": FixStatus.PROPOSED if status is FixStatus.DISMISSED else None,
        }
        for fix_id, title, status in (
            (case.failed, "Replace the cable", FixStatus.APPLIED_FAILED),
            (case.dismissed, "Replace the printer", FixStatus.DISMISSED),
            (case.run, "Restart the spooler", FixStatus.PROPOSED),
        )
    ]


@dataclass(frozen=True)
class Foreign:
    """Another account, and ids of it that the attacker knows."""

    tenant: Tenant
    ids: list[UUID]


async def foreign_account(database: Database, tenant: Tenant) -> Foreign:
    """Fill the account with a session, a lane item, a fact, a fix and a script, all of them marked."""
    session = session_row(tenant, 0, CANARY, problem_summary=CANARY)
    own = {"account_id": tenant.account_id, "session_id": session.id}
    item = LaneItem(
        **own,
        id=uuid4(),
        position=1,
        kind=LaneItemKind.QUESTION,
        text=CANARY,
        normalised_text=CANARY,
        status=LaneItemStatus.OPEN,
    )
    fact = Fact(
        **own,
        id=uuid4(),
        seq=1,
        text=CANARY,
        normalised_text=CANARY,
        source_type=FactSource.QUESTION,
        source_ref=item.id,
    )
    fix = Fix(
        **own,
        id=uuid4(),
        title=CANARY,
        description=CANARY,
        confidence_pct=90,
        status=FixStatus.PROPOSED,
        applied_at=NOW,
    )
    script = ScriptTemplate(
        id=uuid4(),
        account_id=tenant.account_id,
        slug=FOREIGN_SLUG,
        name=CANARY,
        category="printing",
        language="powershell",
        description=CANARY,
        script_body=CANARY,
        parameters_schema={},
    )
    await store(database, session, item, fact, fix, script)
    return Foreign(tenant, [session.id, item.id, fact.id, fix.id, script.id, tenant.user_id()])


async def fingerprint(
    database: Database, account_id: UUID, *, besides: Set[str] = frozenset()
) -> dict[str, str]:
    """A hash of all rows of an account, by table."""
    hashes: dict[str, str] = {}
    async with database.admin() as db:
        for table in TENANT_TABLES:
            if table not in besides:
                rows = f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} t"  # noqa: S608
                found = await db.execute(text(f"{rows} WHERE account_id = :account"), {"account": account_id})
                hashes[table] = found.scalar_one()
        own = "SELECT md5(t::text) FROM accounts t WHERE id = :account"
        hashes["accounts"] = (await db.execute(text(own), {"account": account_id})).scalar_one()
    return hashes


async def all_rows(database: Database, account_id: UUID, tables: set[str]) -> str:
    """The rows of an account in these tables as one text, in which a secret would be found."""
    async with database.admin() as db:
        return "\n".join(
            [
                row
                for table in sorted(tables)
                for row in (
                    await db.execute(
                        text(f"SELECT t::text FROM {table} t WHERE account_id = :account"),  # noqa: S608
                        {"account": account_id},
                    )
                ).scalars()
            ]
        )


def secrets_of(settings: Settings, tenant: Tenant, *more: str) -> list[str]:
    """What must never stand in a request, a row of a session or a log line."""
    assert settings.database_url is not None
    assert settings.database_admin_url is not None
    keys = [key.get_secret_value() for key in settings.secret_keys]
    pair = f"{credentials.COMPANY_ID}+{credentials.PUBLIC_KEY}:{credentials.PRIVATE_KEY}"
    return [
        *keys,
        credentials.PUBLIC_KEY,
        credentials.PRIVATE_KEY,
        credentials.CLIENT_ID,
        base64.b64encode(pair.encode()).decode(),
        settings.database_url.get_secret_value(),
        settings.database_admin_url.get_secret_value(),
        "superuser-of-a-test",
        PASSWORD,
        "$argon2",
        CANARY,
        *(email for _, email in tenant.users.values()),
        *more,
    ]
