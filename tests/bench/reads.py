"""What reading costs, beside a route that only asks the database for a one."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from infra.simulators.connectwise.server import SimulatorServer
from tests.bench.measure import Times, start_session, timed
from tests.bench.plain_http import PlainClient
from tests.bench.report import Figure, Report
from tests.bench.servers import Bench
from tests.bench.worked_session import fill_session
from tests.support.tenants import make_tenant
from tests.support.waiting import until

TICKET = "48231"
GOAL = 3.0


async def measure_reads(report: Report, bench: Bench, repeats: int) -> None:
    """A session about a ticket after forty turns: its page, and its note from the cache."""
    async with SimulatorServer() as psa:
        tenant = await make_tenant(bench.database, bench.settings, psa_host=psa.url)
        async with bench.sign_in(tenant) as http:
            session_id = await start_session(http, "Outlook keeps asking for a password", ticket=TICKET)

            async def idle() -> bool:
                body = (await http.get(f"/ai-sessions/{session_id}")).json()
                return any(message["role"] == "pilot" for message in body["messages"])

            await until(idle, what="the first reply")
            await fill_session(bench.database, session_id)
            (await http.post(f"/ai-sessions/{session_id}/resolution-note/preview")).raise_for_status()
            token = http.headers["Authorization"].removeprefix("Bearer ")
        await _compare(report, bench, token, session_id, repeats)


async def _compare(report: Report, bench: Bench, token: str, session_id: UUID, repeats: int) -> None:
    client = await PlainClient.connect(bench.url, token)
    requests = {
        "GET a route that runs SELECT 1": ("GET", "/api/v1/bench/one"),
        "GET a session of forty turns": ("GET", f"/api/v1/ai-sessions/{session_id}"),
        "POST its note's preview, cached": (
            "POST",
            f"/api/v1/ai-sessions/{session_id}/resolution-note/preview",
        ),
    }
    found: dict[str, list[float]] = {name: [] for name in requests}
    rounds = 10
    for number in range(rounds):
        for name, (method, path) in requests.items():
            each = max(3, repeats * 2 // rounds)
            found[name] += await timed(partial(client.request, method, path), each, 20 if number == 0 else 1)
    await client.aclose()
    floor, *measured = [(name, Times.of(seconds)) for name, seconds in found.items()]
    for name, times in (floor, *measured):
        report.add_times(name, times)
    for name, times in measured:
        report.add(Figure(f"{name} / SELECT 1 (p95)", times.p95 / floor[1].p95, GOAL, "×"))
