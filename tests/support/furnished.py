"""An account with something of everything, and what the database holds of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import sqlalchemy as sa

from domain.vocabulary import AccountRole
from infra.database.models import Base
from tests.database.rows import Key, row_values, tenant_tables
from tests.support.application import Application
from tests.support.journey import Journey
from tests.support.pilots import DirectedPilot
from tests.support.tenants import Tenant
from tests.support.uploads import upload

REPLY = """Two things would tell more about {mark}.
[QUESTIONS][{{"text": "Does webmail work for {mark}?", "options": ["Yes", "No"]}}][/QUESTIONS]
[ACTIONS][{{"label": "List credentials of {mark}", "command": "cmdkey /list:{mark}"}}][/ACTIONS]
[SUGGEST_FIX]{{"title": "Clear credentials of {mark}", "description": "Remove {mark}.", "confidence": 80,
"ai_drafted_script": "cmdkey /delete:{mark}"}}[/SUGGEST_FIX]
[PROMOTE]{{"source_type": "ai_synthesis", "text": "Only Outlook of {mark} is affected."}}[/PROMOTE]"""


@dataclass(frozen=True)
class Furnished:
    """An account at work. `ids` are those of its things by the name of the parameter that takes them.

    `mark` stands in every text of the account, and in no other.
    """

    application: Application
    tenant: Tenant
    client: httpx.AsyncClient
    """Its owner, who may do everything in it."""
    mark: str
    journey: Journey
    ids: dict[str, str]
    content_query: dict[str, str]
    """Of the signed address of its upload."""

    @property
    def account_id(self) -> UUID:
        return self.tenant.account_id

    async def rows(self) -> dict[str, tuple[int, str]]:
        """Count and hash of all rows of the account, by table."""
        tables = [*tenant_tables(), Base.metadata.tables["accounts"]]
        parts = [
            f"SELECT '{table.name}' AS name, count(*) AS rows, "  # noqa: S608 - names from models
            f"md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) AS content FROM {table.name} t "
            f"WHERE {'id' if table.name == 'accounts' else 'account_id'} = :account"
            for table in tables
        ]
        async with self.application.database.admin() as db:
            found = await db.execute(sa.text(" UNION ALL ".join(parts)), {"account": self.account_id})
            return {row.name: (row.rows, row.content) for row in found}

    async def all_ids(self) -> set[str]:
        """Every id that stands anywhere in a row of the account."""
        parts = [
            f"SELECT (regexp_matches(t::text, '[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}', 'g'))[1] "  # noqa: S608 - names from models
            f"FROM {table.name} t WHERE account_id = :account"
            for table in tenant_tables()
        ]
        async with self.application.database.admin() as db:
            found = await db.execute(sa.text(" UNION ".join(parts)), {"account": self.account_id})
            return set(found.scalars())


async def furnish(
    application: Application, tenant: Tenant, client: httpx.AsyncClient, pilot: DirectedPilot
) -> Furnished:
    """Make something of everything: over the API as far as it goes, straight into the tables for the rest."""
    mark = f"mark-{uuid4().hex}"
    pilot.direct(mark, REPLY.format(mark=mark))
    taken = await upload(client, f"log of {mark}".encode(), f"{mark}.log")
    journey = await Journey.start(
        client, text=f"Outlook of {mark} asks for a password", upload_ids=[taken["id"]]
    )
    for path, body in (
        ("/ticket", {"psa_ticket_id": "48231"}),
        ("/resolution-note/preview", None),
        ("/updates", {"markdown": f"We look into {mark}", "audience": "internal"}),
        ("/spin-off-tickets", {"summary": f"Printer of {mark}"}),
    ):
        answer = await client.post(journey.path(path), json=body)
        assert answer.is_success, answer.text
    invite = (await client.post("/accounts/me/invites", json={"email": f"{mark}@new.example"})).json()
    link = (await client.post(journey.path("/share-links"), json={})).json()
    detail = await journey.settled()
    waiting = await upload(client, f"another log of {mark}".encode(), f"another {mark}.log")
    async with application.sign_in(tenant, AccountRole.OWNER):
        sign_ins = (await client.get("/auth/sessions")).json()["items"]
    elsewhere = next(one["id"] for one in sign_ins if not one["is_current"])
    furnished = Furnished(
        application,
        tenant,
        client,
        mark,
        journey,
        {
            "session_id": journey.id,
            "fact_id": detail["facts"][0]["id"],
            "fix_id": detail["active_fix"]["id"],
            "item_id": detail["lane"][0]["id"],
            "upload_id": waiting["id"],
            "link_id": link["id"],
            "invite_id": invite["id"],
            "token": link["token"],
            "connection_id": str(tenant.connection_id),
            "ticket_id": "48231",
            "user_id": str(tenant.user_id(AccountRole.OWNER)),
            "login_session_id": elsewhere,
        },
        dict(httpx.URL(waiting["content_url"]).params),
    )
    await _fill_the_rest(furnished)
    return furnished


async def _fill_the_rest(furnished: Furnished) -> None:
    """A row in every table that has none of the account yet, made from the models."""
    made: dict[str, Key] = {"accounts": {"id": furnished.account_id}}
    async with furnished.application.database.admin() as db:
        for table in tenant_tables():
            key = list(table.primary_key.columns)
            own = sa.select(*key).where(table.columns.account_id == furnished.account_id).limit(1)
            row: Any = (await db.execute(own)).first()
            if row is None:
                values = row_values(table, furnished.account_id, made)
                await db.execute(sa.insert(table).values(values))
                row = [values[column.name] for column in key]
            made[table.name] = {column.name: value for column, value in zip(key, row, strict=True)}
