"""Reopening what was closed, and handing an escalated session to another engineer."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import update

from domain.vocabulary import AccountRole, SessionStatus
from infra.database.models import Session, User
from tests.api.conftest import Desk
from tests.support.application import Application
from tests.support.journey import Journey
from tests.support.pilots import DirectedPilot
from tests.support.problems import assert_problem
from tests.support.rows import START, session_row, store
from tests.support.streams import event_stream
from tests.support.tenants import Tenant
from tests.support.waiting import until

PACKAGE = (
    "## Problem\n\nThe archive cannot be opened.\n\n## What we've confirmed\n\nNothing yet.\n\n"
    "## What we've tried\n\nA restart.\n\n## Current hypothesis\n\nNone leading yet.\n\n"
    "## Suggested next steps\n\nAsk the vendor."
)


async def escalated(client: httpx.AsyncClient, text: str, reason: str | None = None) -> Journey:
    journey = await Journey.start(client, text=text)
    body = {"markdown": PACKAGE} | ({"escalation_reason": reason} if reason else {})
    answer = await client.post(journey.path("/escalation-package/post"), json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["session_status"] == "escalated"
    return journey


async def queue(client: httpx.AsyncClient, **query: object) -> list[str]:
    answer = await client.get("/ai-sessions/queue/escalations", params=query)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    return [row["title"] for row in answer.json()["items"]]


@pytest.fixture
async def bare(application: Application) -> Tenant:
    """An account with nothing in it."""
    return await application.tenant(with_flows=False)


# --- the queue ---


async def test_an_escalated_session_waits_in_the_teams_queue_with_reason_and_sender(desk: Desk) -> None:
    journey = await escalated(desk.engineer, "The archive cannot be opened", "Needs the vendor")
    answer = await desk.viewer.get("/ai-sessions/queue/escalations", params={"limit": 200})
    (row,) = [row for row in answer.json()["items"] if row["id"] == journey.id]
    assert row["reason"] == "Needs the vendor"
    assert row["escalated_by"] == row["engineer_id"] == str(desk.tenant.user_id())
    assert row["escalated_by_name"] == row["engineer_name"]
    assert row["escalated_by_name"].startswith("Engineer")
    assert row["problem_summary"] == "The archive cannot be opened"
    waits_since = datetime.fromisoformat(row["escalated_at"])
    assert waits_since.tzinfo is not None
    assert waits_since <= datetime.now(UTC)


async def test_the_queue_is_the_teams_oldest_escalation_first_and_in_pages(
    application: Application, bare: Tenant
) -> None:
    stranger = await application.tenant(with_flows=False)

    def row(title: str, minute: int, *, tenant: Tenant = bare, **values: object) -> Session:
        defaults = {"status": SessionStatus.ESCALATED, "escalated_at": START + timedelta(minutes=minute)}
        return session_row(tenant, 500 - minute, title, **{**defaults, **values})

    await store(
        application.database,
        row("third", 30),
        row("first", 10),
        row(
            "second, with a ticket", 20, psa_ticket_id="48231", ticket={"ref": "48231", "summary": "Printer"}
        ),
        row("picked up", 5, status=SessionStatus.ACTIVE),
        row("still on its way", 6, status=SessionStatus.REQUESTING_ESCALATION),
        row("resolved after all", 7, status=SessionStatus.RESOLVED),
        row("of another account", 1, tenant=stranger),
    )
    async with application.sign_in(bare) as engineer:
        assert await queue(engineer) == ["first", "second, with a ticket", "third"]
        seen: list[str] = []
        cursor: str | None = None
        while True:
            page = (
                await engineer.get(
                    "/ai-sessions/queue/escalations",
                    params={"limit": 1} | ({"cursor": cursor} if cursor else {}),
                )
            ).json()
            seen += [one["title"] for one in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert seen == ["first", "second, with a ticket", "third"]
        rows = (await engineer.get("/ai-sessions/queue/escalations")).json()["items"]
        assert rows[1]["ticket"]["summary"] == "Printer"
        assert rows[1]["psa_ticket_id"] == "48231"
        assert rows[0]["ticket"] is None
    async with application.sign_in(stranger) as engineer:
        assert await queue(engineer) == ["of another account"]


async def test_two_escalations_of_the_same_moment_are_both_shown_over_pages(
    application: Application, bare: Tenant
) -> None:
    moment = {"status": SessionStatus.ESCALATED, "escalated_at": START}
    await store(application.database, *(session_row(bare, n, f"number {n}", **moment) for n in range(3)))
    async with application.sign_in(bare) as engineer:
        first = (await engineer.get("/ai-sessions/queue/escalations", params={"limit": 2})).json()
        rest = await queue(engineer, cursor=first["next_cursor"], limit=2)
        assert sorted([row["title"] for row in first["items"]] + rest) == ["number 0", "number 1", "number 2"]


@pytest.mark.parametrize("cursor", ["x", "e30=", "WyIyMDI2LTAxLTAxIiwgIngiXQ=="])
async def test_a_cursor_that_no_list_gave_out_is_refused(desk: Desk, cursor: str) -> None:
    answer = await desk.engineer.get("/ai-sessions/queue/escalations", params={"cursor": cursor})
    assert_problem(answer, 422, "cursor_invalid")
    answer = await desk.engineer.get("/ai-sessions/queue/escalations", params={"limit": 0})
    assert_problem(answer, 422, "validation_failed")


# --- picking up ---


async def test_another_engineer_picks_up_with_the_package_as_briefing(desk: Desk) -> None:
    journey = await escalated(desk.engineer, "The plotter has lost its colours", "Nobody here knows plotters")
    before = await journey.detail()
    async with event_stream(desk.engineer, journey.id, after=before["last_event_seq"]) as stream:
        answer = await desk.owner.post(journey.path("/pick-up"))
        assert answer.status_code == 200, answer.text
        changed = await stream.until("session.changed")
    taken = answer.json()
    assert taken["status"] == "active"
    assert taken["engineer"]["id"] == str(desk.tenant.user_id(AccountRole.OWNER))
    assert taken["engineer"]["name"].startswith("Owner")
    assert changed.data["engineer"] == taken["engineer"], "a page shows who works it now without a reload"
    body = await journey.detail()
    assert body["session"]["engineer_id"] == taken["engineer"]["id"]
    assert body["session"]["started_by"] == str(desk.tenant.user_id())
    assert body["session"]["state_version"] == before["session"]["state_version"]
    assert body["briefing"] == {
        "markdown": PACKAGE,
        "reason": "Nobody here knows plotters",
        "escalated_by_name": body["briefing"]["escalated_by_name"],
        "escalated_at": body["session"]["escalated_at"],
    }
    assert body["briefing"]["escalated_by_name"].startswith("Engineer")
    assert body["messages"][-1]["role"] == "system"
    assert body["messages"][-1]["text"] == f"Picked up by {taken['engineer']['name']}."
    waiting = await desk.engineer.get("/ai-sessions/queue/escalations", params={"limit": 200})
    assert journey.id not in [row["id"] for row in waiting.json()["items"]]
    mine = (await desk.owner.get("/ai-sessions", params={"scope": "mine", "limit": 200})).json()["items"]
    assert journey.id in [row["session"]["id"] for row in mine]
    theirs = Journey(desk.owner, {"id": journey.id})
    assert (await theirs.say("I take it from here"))["messages"][-1]["role"] == "pilot"


async def test_a_session_that_was_never_escalated_has_no_briefing(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The shredder hums")
    assert (await journey.detail())["briefing"] is None


async def test_of_two_who_pick_up_at_once_one_gets_the_session(desk: Desk) -> None:
    journey = await escalated(desk.engineer, "The franking machine is locked")
    answers = await asyncio.gather(
        desk.owner.post(journey.path("/pick-up")), desk.admin.post(journey.path("/pick-up"))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    (refused,) = [answer for answer in answers if answer.status_code == 409]
    assert_problem(refused, 409, "wrong_state")
    (taken,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert (await journey.detail())["session"]["engineer_id"] == taken["engineer"]["id"]


async def test_a_repeated_pick_up_gets_its_first_answer(desk: Desk) -> None:
    journey = await escalated(desk.engineer, "The turnstile does not turn")
    headers = {"Idempotency-Key": f"pick-up-{uuid4()}"}
    first = await desk.owner.post(journey.path("/pick-up"), headers=headers)
    again = await desk.owner.post(journey.path("/pick-up"), headers=headers)
    assert (again.status_code, again.json()) == (200, first.json())
    texts = [message["text"] for message in (await journey.detail())["messages"]]
    assert sum(text.startswith("Picked up by") for text in texts) == 1
    other = await desk.owner.post(journey.path("/pause"), headers=headers)
    assert_problem(other, 422, "idempotency_key_reused")


async def test_only_an_escalated_session_can_be_picked_up(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The kiosk shows a mouse pointer")
    problem = assert_problem(await desk.owner.post(journey.path("/pick-up")), 409, "wrong_state")
    assert "cannot be picked up" in problem["detail"]
    await desk.engineer.post(journey.path("/abandon"))
    assert_problem(await desk.owner.post(journey.path("/pick-up")), 409, "session_closed")
    assert_problem(await desk.owner.post(f"/ai-sessions/{uuid4()}/pick-up"), 404, "session_not_found")
    assert_problem(await desk.owner.post("/ai-sessions/queue/pick-up"), 422, "validation_failed")


async def test_an_engineer_whose_role_was_taken_away_does_not_pick_up_with_an_old_token(
    application: Application, bare: Tenant
) -> None:
    async with application.sign_in(bare) as engineer, application.sign_in(bare, AccountRole.ADMIN) as admin:
        journey = await escalated(engineer, "The scale shows nonsense")
        async with application.database.admin() as db:
            await db.execute(
                update(User).where(User.id == bare.user_id(AccountRole.ADMIN)).values(role=AccountRole.VIEWER)
            )
        assert_problem(await admin.post(journey.path("/pick-up")), 403, "permission_denied")
        assert (await journey.detail())["session"]["status"] == "escalated"


# --- reopening ---


async def test_a_resolved_session_is_reopened_worked_on_and_resolved_again(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The badge printer prints blank badges")
    await journey.post_note("## Problem\n\nSolved.")
    before = await journey.detail()
    assert before["session"]["resolved_at"] is not None
    answer = await desk.engineer.post(journey.path("/reopen"))
    assert answer.json() == {"status": "active", "state_version": before["session"]["state_version"]}
    body = await journey.detail()
    assert body["session"]["resolved_at"] is None
    assert body["session"]["resolution_summary"] is None
    assert (body["facts"], body["lane"], body["active_fix"]) == (
        before["facts"],
        before["lane"],
        before["active_fix"],
    )
    assert "It was resolved." in body["messages"][-1]["text"]
    await journey.say("It came back")
    assert (await journey.post_note("## Problem\n\nSolved for good.")).json()["outcome"] == "resolved_local"


async def test_a_repeated_reopening_gets_its_first_answer(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The awning does not move")
    await desk.engineer.post(journey.path("/abandon"), json={"reason": "given up"})
    headers = {"Idempotency-Key": f"reopen-{uuid4()}"}
    first = await desk.engineer.post(journey.path("/reopen"), headers=headers)
    again = await desk.engineer.post(journey.path("/reopen"), headers=headers)
    assert (first.status_code, first.json()) == (again.status_code, again.json()) == (200, first.json())
    assert_problem(await desk.engineer.post(journey.path("/reopen")), 409, "wrong_state")
    other = await desk.engineer.post(journey.path("/abandon"), headers=headers)
    assert_problem(other, 422, "idempotency_key_reused")


async def test_an_open_session_has_nothing_to_reopen(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The blinds do not close")
    problem = assert_problem(await desk.engineer.post(journey.path("/reopen")), 409, "wrong_state")
    assert "nothing to reopen" in problem["detail"]
    assert_problem(await desk.engineer.post(f"/ai-sessions/{uuid4()}/reopen"), 404, "session_not_found")


async def test_what_was_closed_too_long_ago_stays_closed(application: Application, desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The vending machine keeps the money")
    await desk.engineer.post(journey.path("/abandon"))
    linger = timedelta(minutes=application.settings.linger_minutes)
    async with application.database.admin() as db:
        await db.execute(
            update(Session)
            .where(Session.id == UUID(journey.id))
            .values(closed_at=datetime.now(UTC) - linger - timedelta(minutes=1))
        )
    before = await journey.detail()
    problem = assert_problem(await desk.engineer.post(journey.path("/reopen")), 409, "reopen_window_over")
    assert "Start a new session" in problem["detail"]
    assert await journey.detail() == before


async def test_a_session_closed_just_within_the_window_is_reopened(
    application: Application, desk: Desk
) -> None:
    journey = await Journey.start(desk.engineer, text="The lift music is too loud")
    await desk.engineer.post(journey.path("/abandon"))
    linger = timedelta(minutes=application.settings.linger_minutes)
    async with application.database.admin() as db:
        await db.execute(
            update(Session)
            .where(Session.id == UUID(journey.id))
            .values(closed_at=datetime.now(UTC) - linger + timedelta(minutes=5))
        )
    assert (await desk.engineer.post(journey.path("/reopen"))).json()["status"] == "active"


# --- pausing and abandoning ---


async def test_abandoning_stops_the_reply_and_answers_nothing_that_waited(
    desk: Desk, pilot: DirectedPilot
) -> None:
    script = pilot.direct("the radio only hisses", ["Turn it", asyncio.Event(), " off."])
    started = await desk.engineer.post("/ai-sessions", json={"text": "the radio only hisses"})
    journey = Journey(desk.engineer, started.json())

    async def running() -> bool:
        return (await journey.detail())["running_turn"] is not None

    await until(running, what="the reply")
    await desk.engineer.post(journey.path("/messages"), json={"text": "one that waits"})
    headers = {"Idempotency-Key": f"abandon-{uuid4()}"}
    body = {"reason": "  The client left.  "}
    answer = await desk.engineer.post(journey.path("/abandon"), json=body, headers=headers)
    assert answer.json()["status"] == "abandoned"
    told = await journey.settled()
    assert told["running_turn"] is None
    states = {one["text"]: one["turn_state"] for one in told["messages"] if one["role"] == "engineer"}
    assert states == {"the radio only hisses": "stopped", "one that waits": "stopped"}
    assert script.turns == 1
    again = await desk.engineer.post(journey.path("/abandon"), json=body, headers=headers)
    assert (again.status_code, again.json()) == (200, answer.json())
    assert_problem(await desk.engineer.post(journey.path("/abandon")), 409, "session_closed")


async def test_a_reason_is_not_longer_than_a_paragraph(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The beamer is too dark")
    answer = await desk.engineer.post(journey.path("/abandon"), json={"reason": "x" * 501})
    assert_problem(answer, 422, "validation_failed")
    assert (await journey.detail())["session"]["status"] == "active"
