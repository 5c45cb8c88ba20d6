"""How long a piece of a reply is on its way from the model to the socket of the browser's side."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from uuid import UUID

import httpx

from tests.bench.measure import Times, start_session
from tests.bench.pilot import STAMPED, STAMPS
from tests.bench.report import Figure, Report
from tests.bench.servers import Bench
from tests.support.tenants import make_tenant
from tests.support.waiting import until

_STAMP = re.compile(r"\d{9,}")


async def measure_streaming(report: Report, bench: Bench, repeats: int) -> None:
    """Each piece carries the moment in which the model gave it; the clock is the machine's."""
    tenant = await make_tenant(bench.database, bench.settings)
    seconds: list[float] = []
    async with bench.sign_in(tenant) as http:
        session_id = await start_session(http, f"{STAMPED}: Outlook keeps asking for a password")
        await until(lambda: _replied(http, session_id), what="the first reply")
        async with http.stream("GET", f"/ai-sessions/{session_id}/events") as response:
            lines = response.aiter_lines()
            for _ in range(max(2, repeats // 10)):
                posted = await http.post(f"/ai-sessions/{session_id}/messages", json={"text": "Go on."})
                posted.raise_for_status()
                seconds += await _one_reply(lines)
    times = Times.of(seconds)
    report.add_times("a piece of a reply, from the model to the client's socket", times)
    report.add(Figure("a piece of a reply on its way (p50)", times.p50, 20, "ms"))
    report.add(Figure("a piece of a reply on its way (p95)", times.p95, 50, "ms"))


async def _one_reply(lines: AsyncIterator[str]) -> list[float]:
    """Seconds of every piece until the reply is complete. Raises RuntimeError when pieces are missing."""
    found: list[float] = []
    event = ""
    async for line in lines:
        arrived = time.monotonic_ns()
        name, _, value = line.partition(": ")
        if name == "event":
            event = value
        elif name == "data" and event == "reply.delta":
            found += [(arrived - int(stamp)) / 1e9 for stamp in _STAMP.findall(value.partition('"text"')[2])]
        elif name == "data" and event == "reply.completed":
            break
    if len(found) < STAMPS // 2:
        raise RuntimeError(f"only {len(found)} of {STAMPS} pieces came over the stream")
    return found


async def _replied(http: httpx.AsyncClient, session_id: UUID) -> bool:
    body = (await http.get(f"/ai-sessions/{session_id}")).json()
    return any(message["role"] == "pilot" for message in body["messages"])
