"""The two accounts that work in a run: the demo tenant, and one that is made for the run."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from pydantic import SecretStr

from domain.vocabulary import AccountRole
from infra.config import Settings
from infra.database.connection import Database
from infra.database.models import MemberMapping
from tests.chaos.client import Person
from tests.chaos.engineers import Office
from tests.chaos.ledger import Ledger
from tests.chaos.stack import PASSWORD, Stack
from tests.support import tenants

FIRST, SECOND = "first account", "second account"
SECOND_HAS_EVERY = 4
"""Every so many-th place at a desk, and ticket, is the second account's."""

_SETTINGS = "/integrations/psa/flowpilot-settings"


def is_of_second(place: int) -> bool:
    """Whether the place, counted from 0, belongs to the second account."""
    return place % SECOND_HAS_EVERY == SECOND_HAS_EVERY - 1


@asynccontextmanager
async def offices(stack: Stack, url: str, ledger: Ledger, seed: int) -> AsyncIterator[tuple[Office, Office]]:
    """Both accounts, ready to work over `url`, each with tickets of its own, and each knowing the other's cases.

    Both are connected to the same ticketing system.
    """
    tenant = await _second_account(stack)
    owner, engineer = tenant.email(AccountRole.OWNER), tenant.email()
    first = _pair(FIRST, url, ("engineer@demo.example", "lead@demo.example"), PASSWORD, ledger, seed)
    second = _pair(SECOND, url, (engineer, owner), tenants.PASSWORD, ledger, seed)
    try:
        for _, lead in (first, second):
            await _log_time(lead)
        tickets = await _open_tickets(first[0], seed)
        made = tuple(
            Office(
                account,
                people,
                deque(
                    ticket
                    for place, ticket in enumerate(tickets)
                    if is_of_second(place) == (account == SECOND)
                ),
                ledger,
            )
            for account, people in ((FIRST, first), (SECOND, second))
        )
        made[0].not_theirs, made[1].not_theirs = made[1].cases, made[0].cases
        yield made[0], made[1]
    finally:
        for person in (*first, *second):
            await person.aclose()


def _pair(
    account: str, url: str, emails: tuple[str, str], password: str, ledger: Ledger, seed: int
) -> tuple[Person, Person]:
    engineer, lead = (
        Person(url, email, password, ledger, random.Random(f"{seed}/{account}/{place}"), account)
        for place, email in enumerate(emails)
    )
    return engineer, lead


async def _second_account(stack: Stack) -> tenants.Tenant:
    """Made past the product, as no customer may make one here. Its owner works in the ticketing system too."""
    url = stack.admin_database_url
    keys = [SecretStr(key) for key in stack.secret_keys.split(",")]
    database = Database(url, url, pool_size=1)
    try:
        tenant = await tenants.make_tenant(
            database, Settings(_env_file=None, secret_keys=keys), psa_host=stack.simulator_url
        )
        async with database.admin() as db:
            db.add(
                MemberMapping(
                    id=uuid4(),
                    account_id=tenant.account_id,
                    connection_id=tenant.connection_id,
                    user_id=tenant.user_id(AccountRole.OWNER),
                    external_member_id="tokafor",
                    external_identifier="tokafor",
                    external_member_name="Theo Okafor",
                    matched_by="manual",
                )
            )
        return tenant
    finally:
        await database.aclose()


async def _log_time(lead: Person) -> None:
    """Time is logged unless an engineer says otherwise."""
    settings = await lead.read(_SETTINGS)
    await lead.change(_SETTINGS, settings | {"auto_time_entry": True})


async def _open_tickets(person: Person, seed: int) -> list[str]:
    """Tickets whose status can still move, in an order of the seed's."""
    found: list[str] = []
    page = 1
    while True:
        answer = await person.read(f"/integrations/psa/tickets/search?page_size=100&page={page}")
        found += [ticket["id"] for ticket in answer["tickets"]]
        if len(answer["tickets"]) < 100:
            break
        page += 1
    if not found:
        raise RuntimeError("the ticketing system has no open tickets to work on")
    random.Random(seed).shuffle(found)
    return found
