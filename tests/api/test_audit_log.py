"""The audit log: every administrative route writes it, nobody can change it, and administrators read it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
import pyotp
import pytest
import sqlalchemy as sa

from api.openapi import document
from domain.audit import AuditAction
from domain.permissions import Permission
from domain.vocabulary import AccountRole
from infra.database.models import AuditEntry, User
from infra.simulators.connectwise.server import SimulatorServer
from tests.api.conftest import Desk
from tests.api.test_connections import body as connection_body
from tests.api.test_permissions import NEEDED
from tests.support.application import Application
from tests.support.browsers import browser, sign_in
from tests.support.journey import Journey
from tests.support.problems import assert_problem
from tests.support.tenants import PASSWORD, Tenant

Json = dict[str, Any]


class Scene(NamedTuple):
    """An account with a connection, its administrator and its engineer signed in."""

    application: Application
    tenant: Tenant
    psa: SimulatorServer
    admin: httpx.AsyncClient
    engineer: httpx.AsyncClient

    @property
    def connection(self) -> str:
        return f"/integrations/psa/connections/{self.tenant.connection_id}"

    @property
    def member(self) -> str:
        return f"/accounts/me/members/{self.tenant.user_id()}"


async def _settings(scene: Scene) -> httpx.Response:
    path = "/integrations/psa/flowpilot-settings"
    read = (await scene.admin.get(path)).json()
    read.pop("is_default")
    return await scene.admin.put(path, json=read | {"auto_time_entry": True})


async def _share_link(scene: Scene) -> httpx.Response:
    journey = await Journey.start(scene.engineer, text="The mouse does not move")
    return await scene.engineer.post(journey.path("/share-links"), json={})


async def _revoke(scene: Scene) -> httpx.Response:
    journey = await Journey.start(scene.engineer, text="The mouse does not move")
    made = (await scene.engineer.post(journey.path("/share-links"), json={})).json()
    return await scene.engineer.delete(journey.path(f"/share-links/{made['id']}"))


async def _revoke_invite(scene: Scene) -> httpx.Response:
    made = await scene.admin.post("/accounts/me/invites", json={"email": f"{uuid4()}@new.example"})
    return await scene.admin.delete(f"/accounts/me/invites/{made.json()['id']}")


async def _end_one(scene: Scene) -> httpx.Response:
    async with browser(scene.application.url) as other:
        await sign_in(other, scene.tenant)
    items = (await scene.engineer.get("/auth/sessions")).json()["items"]
    (there, *_) = [one["id"] for one in items if not one["is_current"]]
    return await scene.engineer.delete(f"/auth/sessions/{there}")


async def _enrol(scene: Scene) -> httpx.Response:
    return await scene.engineer.post("/auth/two-factor/enrol", json={"password": PASSWORD})


async def _confirm(scene: Scene) -> httpx.Response:
    secret = (await _enrol(scene)).json()["secret"]
    code = pyotp.TOTP(secret).at(datetime.now(UTC))
    return await scene.engineer.post("/auth/two-factor/confirm", json={"code": code})


async def _with_recovery_code(scene: Scene, path: str) -> httpx.Response:
    (code, *_) = (await _confirm(scene)).json()["recovery_codes"]
    return await scene.engineer.post(f"/auth/two-factor/{path}", json={"password": PASSWORD, "code": code})


async def _remove_factor(scene: Scene) -> httpx.Response:
    await _confirm(scene)
    return await scene.admin.delete(f"{scene.member}/two-factor")


async def _open_codec(scene: Scene) -> httpx.Response:
    """An engineer of the platform itself, who may read what every account's sessions send."""
    async with scene.application.database.admin() as db:
        await db.execute(sa.update(User).where(User.id == scene.tenant.user_id()).values(is_super_admin=True))
    async with browser(scene.application.url) as fresh:
        await sign_in(fresh, scene.tenant)
        return await fresh.post("/temporal/codec/access")


SCENES: dict[str, tuple[AuditAction, Callable[[Scene], Awaitable[httpx.Response]]]] = {
    "createConnection": (
        AuditAction.CONNECTION_CREATED,
        lambda one: one.admin.post("/integrations/psa/connections", json=connection_body(one.psa)),
    ),
    "testConnection": (
        AuditAction.CONNECTION_TESTED,
        lambda one: one.admin.post(f"{one.connection}/test"),
    ),
    "deactivateConnection": (
        AuditAction.CONNECTION_DEACTIVATED,
        lambda one: one.admin.post(f"{one.connection}/deactivate"),
    ),
    "putFlowpilotSettings": (AuditAction.SETTINGS_CHANGED, _settings),
    "createInvite": (
        AuditAction.MEMBER_INVITED,
        lambda one: one.admin.post("/accounts/me/invites", json={"email": f"{uuid4()}@new.example"}),
    ),
    "revokeInvite": (AuditAction.INVITE_REVOKED, _revoke_invite),
    "openCodec": (AuditAction.CODEC_OPENED, _open_codec),
    "changeMember": (
        AuditAction.MEMBER_DISABLED,
        lambda one: one.admin.patch(one.member, json={"is_active": False}),
    ),
    "endMemberLoginSessions": (
        AuditAction.MEMBER_LOGIN_SESSIONS_ENDED,
        lambda one: one.admin.delete(f"{one.member}/sessions"),
    ),
    "removeMemberTwoFactor": (AuditAction.MEMBER_TWO_FACTOR_REMOVED, _remove_factor),
    "createShareLink": (AuditAction.SHARE_LINK_MADE, _share_link),
    "revokeShareLink": (AuditAction.SHARE_LINK_REVOKED, _revoke),
    "endLoginSession": (AuditAction.LOGIN_SESSION_ENDED, _end_one),
    "endOtherLoginSessions": (
        AuditAction.OTHER_LOGIN_SESSIONS_ENDED,
        lambda one: one.engineer.post("/auth/sessions/end-others"),
    ),
    "enrolTwoFactor": (AuditAction.TWO_FACTOR_ENROLLED, _enrol),
    "confirmTwoFactor": (AuditAction.TWO_FACTOR_CONFIRMED, _confirm),
    "renewRecoveryCodes": (
        AuditAction.RECOVERY_CODES_RENEWED,
        lambda one: _with_recovery_code(one, "recovery-codes"),
    ),
    "disableTwoFactor": (
        AuditAction.TWO_FACTOR_DISABLED,
        lambda one: _with_recovery_code(one, "disable"),
    ),
}
"""How each administrative change is made, and the word it has in the log."""

AT_WORK = {Permission.READ, Permission.WORK}

READS_ONLY = {"decodePayloads"}
"""Of what operators of the platform may do: each time is a line of the log of the api."""

OWN_SIGN_IN = {"login", "refresh", "logout", "register", "lookUpInvite"}
"""What one does before one is anybody, or all day; who joined is tested with registering."""


@pytest.fixture
async def scene(
    application: Application,
    tenant: Tenant,
    psa: SimulatorServer,
    administrator: httpx.AsyncClient,
    engineer: httpx.AsyncClient,
) -> Scene:
    return Scene(application, tenant, psa, administrator, engineer)


async def logged(scene: Scene) -> list[Json]:
    answer = await scene.admin.get("/accounts/me/audit-log")
    assert answer.status_code == 200, answer.text
    items: list[Json] = answer.json()["items"]
    return items


def test_every_administrative_route_that_changes_something_has_a_scene() -> None:
    administrative = set()
    paths: dict[str, dict[str, Json]] = document()["paths"]  # type: ignore[assignment]
    for path, methods in paths.items():
        for method, operation in methods.items():
            name = operation["operationId"]
            of_the_account = any(name in NEEDED.get(one, ()) for one in set(Permission) - AT_WORK)
            if method != "get" and (of_the_account or "/auth/" in path or "share-links" in path):
                administrative.add(name)
    assert administrative - OWN_SIGN_IN - READS_ONLY == set(SCENES)


@pytest.mark.parametrize("operation", SCENES)
async def test_every_administrative_change_is_in_the_audit_log(scene: Scene, operation: str) -> None:
    action, change = SCENES[operation]
    answer = await change(scene)
    assert answer.is_success, answer.text
    entry = (await logged(scene))[0]
    assert entry["action"] == action
    assert entry["request_id"] == answer.headers["x-request-id"]
    assert entry["address"] == "127.0.0.1"
    actor = AccountRole.ADMIN if operation in NEEDED[Permission.ADMINISTER] else AccountRole.ENGINEER
    assert entry["actor_id"] == str(scene.tenant.user_id(actor))
    assert entry["actor_name"].startswith(actor.value.title())
    for secret in (
        scene.psa.private_key,
        scene.psa.public_key,
        PASSWORD,
        answer.json().get("secret") if answer.content else None,
    ):
        assert secret is None or secret not in str(entry)


async def test_an_entry_tells_what_it_was_before_and_after(scene: Scene) -> None:
    await _settings(scene)
    entry = (await logged(scene))[0]
    assert (entry["target_type"], entry["target_id"]) == ("settings", "flowpilot")
    changed = {key for key in entry["after"] if entry["after"][key] != entry["before"][key]}
    assert changed == {"auto_time_entry"}
    await scene.admin.patch(scene.member, json={"is_active": False})
    entry = (await logged(scene))[0]
    assert (entry["before"], entry["after"]) == ({"is_active": True}, {"is_active": False})


async def test_a_change_that_was_refused_or_repeated_is_not_in_the_log(scene: Scene) -> None:
    wrong = connection_body(scene.psa, private_key="wrong")
    answer = await scene.admin.post("/integrations/psa/connections", json=wrong)
    assert_problem(answer, 422, "psa_credentials_rejected")
    own = f"/accounts/me/members/{scene.tenant.user_id(AccountRole.ADMIN)}"
    assert_problem(await scene.admin.patch(own, json={"is_active": False}), 409, "member_is_you")
    assert await logged(scene) == []
    journey = await Journey.start(scene.engineer, text="The mouse does not move")
    headers = {"Idempotency-Key": f"link-{uuid4()}"}
    for _ in range(2):
        made = await scene.engineer.post(journey.path("/share-links"), json={}, headers=headers)
        assert made.status_code == 201
    for _ in range(2):
        await scene.engineer.delete(journey.path(f"/share-links/{made.json()['id']}"))
    assert [one["action"] for one in await logged(scene)] == ["share_link.revoked", "share_link.made"]


async def test_the_change_and_its_entry_are_one_transaction(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the log cannot be written")

    monkeypatch.setattr("api.audit_trail.write_audit_entry", fails)
    assert (await _settings(scene)).status_code == 500
    assert (await scene.admin.patch(scene.member, json={"is_active": False})).status_code == 500
    monkeypatch.undo()
    read = (await scene.admin.get("/integrations/psa/flowpilot-settings")).json()
    assert read["auto_time_entry"] is False
    assert (await scene.engineer.get("/auth/me")).status_code == 200


async def test_the_log_is_read_in_pages_by_administrators_of_the_account_only(
    scene: Scene, desk: Desk
) -> None:
    for active in (False, True, False, True):
        await scene.admin.patch(scene.member, json={"is_active": active})
    seen, cursor = [], None
    while True:
        params = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = (await scene.admin.get("/accounts/me/audit-log", params=params)).json()
        seen += [one["action"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == ["member.enabled", "member.disabled"] * 2
    answer = await scene.admin.get("/accounts/me/audit-log", params={"cursor": "invented"})
    assert_problem(answer, 422, "cursor_invalid")
    theirs = (await desk.admin.get("/accounts/me/audit-log", params={"limit": 200})).json()["items"]
    assert not {one["target_id"] for one in theirs} & {str(scene.tenant.user_id())}


async def test_nobody_changes_or_deletes_an_entry(scene: Scene) -> None:
    await _settings(scene)
    for change in (sa.update(AuditEntry).values(action="nothing"), sa.delete(AuditEntry)):
        with pytest.raises(sa.exc.DBAPIError, match="permission denied for table audit_log"):
            async with scene.application.database.tenant(scene.tenant.account_id) as db:
                await db.execute(change)
    with pytest.raises(sa.exc.DBAPIError, match="permission denied for table audit_log"):
        async with scene.application.database.tenant(scene.tenant.account_id) as db:
            await db.execute(sa.text("TRUNCATE audit_log"))
    assert [one["action"] for one in await logged(scene)] == ["settings.changed"]
