"""The built web client in a real browser: what it loads, when it can be used, what a reply and a key cost it.

The measuring is done by the browser tests' runner (`tests/bench/web/*.bench.ts`) against a stack of its own with a
simulated model; here is what they need, and what becomes of their figures.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx

from domain.vocabulary import MessageRole, TurnState
from infra.database.connection import Database
from infra.database.models import Message, Session
from tests.bench.measure import Times, start_session
from tests.bench.report import Figure, Report
from tests.bench.worked_session import fill_session
from tests.e2e import browser
from tests.e2e.stack import DEMO_ENGINEER, PASSWORD, RunningStack, modelled_stack
from tests.support.waiting import until

CONFIG = Path(__file__).parent / "web" / "playwright.config.ts"
MESSAGES = 1_000
_ANSWER = """The client offers the token of the **former tenant** again, message {number}:

- it is kept in the credential manager,
- it outlives a password.

```powershell
cmdkey /list | Select-String "MicrosoftOffice16"
```
"""


async def measure_web_client(report: Report) -> None:
    """Add the figures of the web client. Raises RuntimeError when one of them cannot be measured."""
    if (lacking := browser.missing()) is not None:
        raise RuntimeError(lacking)
    with tempfile.TemporaryDirectory(prefix="resolutionflow-bench-web-") as name:
        record = Path(name) / "figures.jsonl"
        async with modelled_stack(Path(name) / "stack") as (stack, _):
            variables = {**stack.variables(), **await _prepare(stack), "BENCH_WEB_RECORD": str(record)}
            process = await asyncio.create_subprocess_exec(
                *browser.command(CONFIG, []), cwd=browser.WEB, env=browser.environment(variables)
            )
            failed = await process.wait()
        await asyncio.to_thread(_add, report, record)
    if failed:
        raise RuntimeError("The web client could not be measured in full, see above.")


def _add(report: Report, record: Path) -> None:
    for line in record.read_text().splitlines() if record.exists() else ():
        found = json.loads(line)
        if "milliseconds" in found:
            report.add_times(found["name"], Times.of([one / 1000 for one in found["milliseconds"]]))
        else:
            report.add(Figure(found["name"], found["value"], found["goal"], found["unit"]))


async def _prepare(stack: RunningStack) -> dict[str, str]:
    """A session of forty turns and one of a thousand messages."""
    database = Database(stack.admin_database_url, stack.admin_database_url)
    try:
        async with httpx.AsyncClient(base_url=f"{stack.base_url}/api/v1", timeout=60) as http:
            login = await http.post("/auth/login", json={"email": DEMO_ENGINEER, "password": PASSWORD})
            login.raise_for_status()
            http.headers["Authorization"] = f"Bearer {login.json()['access_token']}"
            worked = await _answered_session(http)
            await fill_session(database, worked)
            long = await _answered_session(http)
            await _fill_conversation(database, long)
    finally:
        await database.aclose()
    return {"BENCH_WORKED_SESSION": str(worked), "BENCH_LONG_SESSION": str(long)}


async def _answered_session(http: httpx.AsyncClient) -> UUID:
    session_id = await start_session(http, "Outlook keeps asking for a password")

    async def replied() -> bool:
        body = (await http.get(f"/ai-sessions/{session_id}")).json()
        return any(message["role"] == "pilot" for message in body["messages"])

    await until(replied, within=60, what="the first reply")
    return session_id


async def _fill_conversation(database: Database, session_id: UUID) -> None:
    async with database.admin() as db:
        session = await db.get_one(Session, session_id)
        first = session.last_seq + 1
        session.last_seq += MESSAGES
        for number in range(MESSAGES):
            of_engineer = number % 2 == 0
            db.add(
                Message(
                    id=uuid4(),
                    account_id=session.account_id,
                    session_id=session_id,
                    seq=first + number,
                    role=MessageRole.ENGINEER if of_engineer else MessageRole.PILOT,
                    author_id=session.engineer_id if of_engineer else None,
                    text=f"Number {number}: the prompt came back after the restart."
                    if of_engineer
                    else _ANSWER.format(number=number),
                    turn_id=uuid4(),
                    turn_state=TurnState.DONE,
                    created_at=session.created_at + timedelta(seconds=number),
                )
            )
