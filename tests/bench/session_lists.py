"""The list of sessions in an account that has a hundred thousand of them, beside one that has a thousand."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlencode

from sqlalchemy import text

from domain.vocabulary import AccountRole
from tests.bench.measure import Times, timed
from tests.bench.plain_http import PlainClient
from tests.bench.report import Figure, Report
from tests.bench.servers import Bench
from tests.support.tenants import Tenant, make_tenant

FEW = 1_000
MANY = int(os.environ.get("BENCH_SESSIONS", "100000"))
BATCH = 5_000
START = datetime(2025, 1, 6, 8, 0, tzinfo=UTC)
PAGE = 10
"""Rows that both accounts can fill, so that the same page is compared."""
GOAL = 2.0

FILTERS = {
    "team": {"scope": "team"},
    "mine": {"scope": "mine"},
    "status": {"scope": "team", "status": "escalated"},
    "mine and status": {"scope": "mine", "status": "paused"},
    "q, frequent": {"scope": "team", "q": "printer"},
    "q, rare": {"scope": "team", "q": "birch dental 7"},
    "q, nowhere": {"scope": "team", "q": "zeppelin"},
}

# Somebody was active in all of them a moment ago: the API would wake the idle ones, beside all that is measured later.
# Four engineers, one in a hundred sessions escalated, the words of the rare search at the far end of the list.
_SEED = text(
    """
    INSERT INTO sessions (id, account_id, title, status, intake_type, psa_ticket_id, ticket, started_by, engineer_id,
                          state_version, last_seq, created_at, updated_at, last_activity_at)
    SELECT gen_random_uuid(), :account_id,
           (ARRAY['Printer jams in room ', 'Mail profile asks for a password, seat ', 'VPN drops at site ',
                  'Disk full on server '])[1 + number % 4] || number,
           CASE WHEN number % 100 = 0 THEN 'escalated' WHEN number % 20 = 1 THEN 'paused'
                WHEN number % 10 = 3 THEN 'active' ELSE 'resolved' END,
           'psa_ticket', (500000 + number)::text,
           jsonb_build_object('ref', (500000 + number)::text, 'summary', 'Ticket ' || number, 'client',
                              CASE WHEN number <= 12 THEN 'Birch Dental ' ELSE 'Harbour Logistics ' END || number),
           (CAST(:users AS uuid[]))[1 + number % 4], (CAST(:users AS uuid[]))[1 + number / 7 % 4], 5, 20,
           CAST(:start AS timestamptz) + number * interval '3 minutes',
           CAST(:start AS timestamptz) + number * interval '3 minutes',
           now()
    FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS number
    """
)


async def measure_session_lists(report: Report, bench: Bench, repeats: int) -> None:
    """The first page, by every filter, with row level security as always."""
    clients = {}
    for count in (FEW, MANY):
        tenant = await make_tenant(bench.database, bench.settings, with_flows=False)
        await _seed(bench, tenant, count)
        async with bench.sign_in(tenant) as http:
            token = http.headers["Authorization"].removeprefix("Bearer ")
        clients[count] = await PlainClient.connect(bench.url, token)
    async with bench.database.admin() as db:
        await db.execute(text("ANALYZE"))
    for name, query in FILTERS.items():
        path = f"/api/v1/ai-sessions?{urlencode({**query, 'limit': PAGE})}"
        found: dict[int, list[float]] = {FEW: [], MANY: []}
        rounds = 5
        for number in range(rounds):
            for count, client in clients.items():
                each = max(2, repeats // rounds)
                found[count] += await timed(
                    partial(client.request, "GET", path), each, 10 if number == 0 else 1
                )
        few, many = Times.of(found[FEW]), Times.of(found[MANY])
        report.add_times(f"GET sessions ({name}), {FEW:,} in the account", few)
        report.add_times(f"GET sessions ({name}), {MANY:,} in the account", many)
        report.add(Figure(f"sessions ({name}): {MANY:,} / {FEW:,} (p95)", many.p95 / few.p95, GOAL, "×"))
    for client in clients.values():
        await client.aclose()


async def _seed(bench: Bench, tenant: Tenant, count: int) -> None:
    values = {
        "account_id": tenant.account_id,
        "users": [tenant.user_id(role) for role in AccountRole],
        "start": START,
    }
    for first in range(1, count + 1, BATCH):
        async with bench.database.admin() as db:
            await db.execute(_SEED, {**values, "first": first, "last": min(first + BATCH - 1, count)})
