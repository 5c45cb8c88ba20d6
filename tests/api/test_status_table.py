"""Every command of a session in every status, over HTTP on real servers: taken or refused exactly as the table says.

Sessions begin as rows in the status in question; the first command starts their workflow from these rows. What is
refused must change nothing, so that all refusals of a status share one session.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from domain.sessions import ALLOWED_STATUSES, CLOSED_STATUSES, SessionCommand
from domain.vocabulary import FactSource, FixStatus, LaneItemKind, LaneItemStatus, SessionStatus
from infra.database.models import Fact, Fix, LaneItem
from tests.support.application import Application
from tests.support.problems import assert_problem
from tests.support.rows import session_row, store
from tests.support.tenants import Tenant

C = SessionCommand
Json = dict[str, Any]

REFUSED = {"wrong_state", "session_closed"}

# Nothing is being written and nothing failed in these sessions: that is said before the status is looked at.
NOTHING_TO_DO = {C.STOP_TURN: "no_reply_running"}


@dataclass(frozen=True)
class Target:
    """A session with what its commands are about."""

    session: UUID
    item: UUID
    fact: UUID
    fix: UUID


REQUESTS: dict[SessionCommand, tuple[str, str, Json | None]] = {
    C.MESSAGE: ("POST", "/messages", {"text": "It is back."}),
    C.ANSWER_ITEMS: ("POST", "/items", {"items": [{"item_id": "{item}", "answer": "Yes"}]}),
    C.REOPEN_ITEM: ("POST", "/items/{item}/reopen", None),
    C.CHANGE_FACTS: ("PATCH", "/facts/{fact}", {"text": "The dock was replaced."}),
    C.CHANGE_FIX: ("POST", "/suggested-fixes/{fix}/apply", None),
    C.RECORD_OUTCOME: ("PATCH", "/suggested-fixes/{fix}/outcome", {"outcome": "applied_failed"}),
    C.STOP_TURN: ("POST", "/stop", None),
    C.RETRY_TURN: ("POST", "/retry", None),
    C.PREVIEW: ("POST", "/resolution-note/preview", None),
    C.RESOLVE: ("POST", "/resolution-note/post", {"markdown": "## Problem\n\nSolved."}),
    C.ESCALATE: ("POST", "/escalation-package/post", {"markdown": "## Problem\n\nUnsolved."}),
    C.RETRY_WRITEBACK: ("POST", "/writeback/retry", None),
    C.SHARE_UPDATE: ("POST", "/updates", {"audience": "internal", "markdown": "Still looking."}),
    C.LINK_TICKET: ("POST", "/ticket", {"psa_ticket_id": "48231"}),
    C.SPIN_OFF: ("POST", "/spin-off-tickets", {"summary": "Another problem"}),
    C.PAUSE: ("POST", "/pause", None),
    C.RESUME: ("POST", "/resume", None),
    C.ABANDON: ("POST", "/abandon", {"reason": "A duplicate"}),
    C.REOPEN: ("POST", "/reopen", None),
    C.PICK_UP: ("POST", "/pick-up", None),
}


async def a_session(application: Application, tenant: Tenant, status: SessionStatus) -> Target:
    target = Target(uuid4(), uuid4(), uuid4(), uuid4())
    owned = {"account_id": tenant.account_id, "session_id": target.session}
    await store(
        application.database,
        session_row(
            tenant,
            1,
            f"A session that is {status.value}",
            id=target.session,
            status=status,
            # An active one that nobody has touched for hours is paused as soon as its workflow starts.
            last_activity_at=datetime.now(UTC),
        ),
        LaneItem(
            id=target.item,
            position=1,
            kind=LaneItemKind.QUESTION,
            text="Is it back?",
            normalised_text="is it back?",
            status=LaneItemStatus.OPEN,
            **owned,
        ),
        Fact(
            id=target.fact,
            seq=1,
            text="The dock is old.",
            normalised_text="the dock is old.",
            source_type=FactSource.USER_NOTE,
            **owned,
        ),
        Fix(
            id=target.fix,
            title="Replace the dock",
            description="",
            confidence_pct=70,
            status=FixStatus.PROPOSED,
            **owned,
        ),
    )
    return target


async def send(client: httpx.AsyncClient, target: Target, command: SessionCommand) -> httpx.Response:
    method, path, body = REQUESTS[command]
    ids = {"{item}": str(target.item), "{fact}": str(target.fact), "{fix}": str(target.fix)}
    for name, value in ids.items():
        path = path.replace(name, value)
    if command is C.ANSWER_ITEMS:
        body = {"items": [{"item_id": str(target.item), "answer": "Yes"}]}
    return await client.request(method, f"/ai-sessions/{target.session}{path}", json=body)


def test_every_command_has_a_request() -> None:
    assert REQUESTS.keys() == set(SessionCommand)


@pytest.mark.parametrize("status", list(SessionStatus))
async def test_what_the_table_allows_is_not_refused_for_the_status(
    application: Application, tenant: Tenant, engineer: httpx.AsyncClient, status: SessionStatus
) -> None:
    async def is_taken(command: SessionCommand) -> tuple[SessionCommand, int, str | None]:
        answer = await send(engineer, await a_session(application, tenant, status), command)
        code = answer.json().get("code") if answer.status_code >= 400 else None
        return command, answer.status_code, code

    allowed = [command for command, statuses in ALLOWED_STATUSES.items() if status in statuses]
    answers = await asyncio.gather(*map(is_taken, allowed))
    for command, answered, code in answers:
        assert answered < 500, (command, answered, code)
        assert code not in REFUSED, (command, answered, code)
    assert [command for command, _, _ in answers] == allowed


@pytest.mark.parametrize("status", list(SessionStatus))
async def test_what_the_table_does_not_allow_is_refused_and_changes_nothing(
    application: Application, tenant: Tenant, engineer: httpx.AsyncClient, status: SessionStatus
) -> None:
    target = await a_session(application, tenant, status)
    before = (await engineer.get(f"/ai-sessions/{target.session}")).json()
    code = "session_closed" if status in CLOSED_STATUSES else "wrong_state"
    refused = [command for command, statuses in ALLOWED_STATUSES.items() if status not in statuses]
    for command in refused:
        answer = await send(engineer, target, command)
        problem = assert_problem(answer, 409, NOTHING_TO_DO.get(command, code))
        assert problem["detail"].endswith("."), command
    assert (await engineer.get(f"/ai-sessions/{target.session}")).json() == before
