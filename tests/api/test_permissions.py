"""Who may do what, walked over every route of the application: a route that is not in the table fails."""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from api.app import PREFIX, create_app
from domain.permissions import Permission, may
from domain.vocabulary import AccountRole
from infra.config import Settings
from tests.api.conftest import Desk
from tests.support.application import Application
from tests.support.journey import Journey
from tests.support.problems import assert_problem

PUBLIC = {
    "login",
    "refresh",
    "logout",
    "register",
    "lookUpInvite",
    "healthz",
    "readyz",
    "readSharedSession",
    "getUploadContent",
}
"""Needs no token: signing in and out, registering, health, and what a read-only link or a signed address shows."""

SIGNED_IN = {
    "me",
    "listLoginSessions",
    "endLoginSession",
    "endOtherLoginSessions",
    "getTwoFactor",
    "enrolTwoFactor",
    "confirmTwoFactor",
    "renewRecoveryCodes",
    "disableTwoFactor",
}
"""Needs a token and no permission: who one is, and one's own sign-in."""

NEEDED = {
    Permission.READ: {
        "listSessions",
        "getSession",
        "listMessages",
        "listTicketStatuses",
        "listClosedItems",
        "listTurns",
        "streamSession",
        "listFacts",
        "getActiveFix",
        "listFixes",
        "listEscalations",
        "listShareLinks",
        "listPostLog",
        "listSessionPostLog",
        "listSpinOffTickets",
        "listConnections",
        "listBoards",
        "searchTickets",
        "getTicket",
        "getFlowpilotSettings",
        "getUpload",
    },
    Permission.WORK: {
        "uploadFile",
        "deleteUpload",
        "startSession",
        "sendMessage",
        "chat",
        "answerItems",
        "stopReply",
        "retryReply",
        "pauseSession",
        "resumeSession",
        "abandonSession",
        "reopenSession",
        "pickUpSession",
        "createShareLink",
        "revokeShareLink",
        "linkTicket",
        "createSpinOffTicket",
        "addFact",
        "applyFix",
        "setFixOutcome",
        "editFact",
        "deleteFact",
        "restoreFact",
        "promoteFact",
        "reopenItem",
        "decideFix",
        "attachScript",
        "clearOutcomeProposal",
        "resumeFix",
        "restoreFix",
        "silenceNudge",
        "previewResolutionNote",
        "postResolutionNote",
        "previewEscalationPackage",
        "postEscalationPackage",
        "retryWriteback",
        "shareUpdate",
    },
    Permission.ADMINISTER: {
        "createConnection",
        "testConnection",
        "deactivateConnection",
        "putFlowpilotSettings",
        "listMembers",
        "listInvites",
        "createInvite",
        "revokeInvite",
        "changeMember",
        "listMemberLoginSessions",
        "endMemberLoginSessions",
        "removeMemberTwoFactor",
        "listAuditLog",
    },
    Permission.OPERATE: {"openCodec", "decodePayloads"},
}


@cache
def operations() -> dict[str, tuple[str, str]]:
    """Every documented operation: id → method and path, ids in the path filled in with ones that do not exist."""
    paths: dict[str, Any] = create_app(Settings(_env_file=None)).openapi()["paths"]
    return {
        operation["operationId"]: (method.upper(), re.sub(r"\{\w+\}", lambda _: str(uuid4()), path))
        for path, methods in paths.items()
        for method, operation in methods.items()
    }


def permission_of(operation: str) -> Permission | None:
    return next((permission for permission, names in NEEDED.items() if operation in names), None)


async def send(client: httpx.AsyncClient, application: Application, operation: str) -> httpx.Response:
    method, path = operations()[operation]
    return await client.request(
        method, f"{application.url}{path}", json={} if method in ("POST", "PATCH", "PUT") else None
    )


def test_the_table_names_every_route_and_no_other() -> None:
    listed = PUBLIC | SIGNED_IN | set().union(*NEEDED.values())
    assert listed == set(operations())
    assert sum(map(len, (PUBLIC, SIGNED_IN, *NEEDED.values()))) == len(listed), "a route stands in two rows"


def test_no_route_of_the_api_is_hidden_from_the_document() -> None:
    # The walk goes by the document, so nothing under the prefix may be left out of it.
    app = create_app(Settings(_env_file=None))
    served = {route.path for route in iter_route_contexts(app.routes) if route.path is not None}
    assert {path for path in served if path.startswith(PREFIX)} == {
        path for path in app.openapi()["paths"] if path.startswith(PREFIX)
    }
    assert f"{PREFIX}/ai-sessions" in served


async def test_every_route_but_signing_in_needs_a_token(application: Application) -> None:
    async with httpx.AsyncClient() as nobody:
        for operation in operations():
            if operation not in PUBLIC:
                answer = await send(nobody, application, operation)
                assert answer.status_code == 401, operation
                assert_problem(answer, 401, "token_missing")


@pytest.mark.parametrize("role", list(AccountRole))
async def test_every_route_refuses_exactly_the_roles_that_lack_its_permission(
    application: Application, desk: Desk, role: AccountRole
) -> None:
    client: httpx.AsyncClient = getattr(desk, role.value)
    for operation in operations():
        permission = permission_of(operation)
        if permission is None:
            continue
        answer = await send(client, application, operation)
        if may(role, permission):
            assert answer.status_code not in (401, 403, 500), f"{operation} refuses {role}: {answer.text}"
        else:
            assert answer.status_code == 403, f"{operation} lets {role} through: {answer.status_code}"
            assert role.value in assert_problem(answer, 403, "permission_denied")["detail"]


async def test_a_viewer_reads_the_teams_session_and_changes_nothing_in_it(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="Outlook keeps asking for the password")
    before = await journey.detail()
    item = before["lane"][0]["id"]
    for path in ("", "/messages", "/facts"):
        assert (await desk.viewer.get(journey.path(path))).status_code == 200
    assert any(
        row["session"]["id"] == journey.id
        for row in (await desk.viewer.get("/ai-sessions", params={"scope": "team"})).json()["items"]
    )
    for path, body in (
        ("/messages", {"text": "hello"}),
        ("/facts", {"text": "a fact"}),
        ("/items", {"items": [{"item_id": item, "answer": "yes"}]}),
        ("/pause", None),
        ("/abandon", None),
        ("/resolution-note/preview", None),
        ("/resolution-note/post", {"markdown": "note"}),
    ):
        assert_problem(await desk.viewer.post(journey.path(path), json=body), 403, "permission_denied")
    assert await journey.detail() == before
