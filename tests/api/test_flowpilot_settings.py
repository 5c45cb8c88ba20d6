"""FlowPilot settings: everyone reads them, administrators set them, and the notes follow."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from infra.simulators.connectwise.server import SimulatorServer
from tests.api.conftest import Desk
from tests.support.application import Application
from tests.support.journey import Journey
from tests.support.pilots import DirectedPilot
from tests.support.problems import assert_problem

PATH = "/integrations/psa/flowpilot-settings"
TICKET = "48231"
DEFAULTS = {
    "auto_post_on_close": True,
    "auto_time_entry": False,
    "time_rounding": "15min",
    "include_diagnostic_steps": True,
    "prompt_status_on_resolve": False,
    "prompt_status_on_escalate": False,
    "resolution_visibility": "resolution",
    "escalation_visibility": "internal",
    "status_map": {},
    "cw_resolved_status_id": None,
    "cw_escalated_status_id": None,
}


async def change(administrator: httpx.AsyncClient, **changes: Any) -> None:
    """Set some of the settings and leave the others as they are."""
    now = (await administrator.get(PATH)).json()
    now.pop("is_default")
    answer = await administrator.put(PATH, json={**now, **changes})
    assert answer.status_code == 200, answer.text


async def test_an_account_that_has_set_nothing_has_the_defaults(application: Application) -> None:
    tenant = await application.tenant(with_flows=False)
    async with application.sign_in(tenant) as client:
        assert (await client.get(PATH)).json() == {**DEFAULTS, "is_default": True}


async def test_what_an_administrator_sets_everyone_reads(
    administrator: httpx.AsyncClient, viewer: httpx.AsyncClient, other_engineer: httpx.AsyncClient
) -> None:
    wanted = {
        **DEFAULTS,
        "auto_post_on_close": False,
        "auto_time_entry": True,
        "time_rounding": "exact",
        "include_diagnostic_steps": False,
        "prompt_status_on_resolve": True,
        "prompt_status_on_escalate": True,
        "resolution_visibility": "internal",
        "escalation_visibility": "discussion",
        "status_map": {"1": {"resolved": 106, "escalated": None}, "2": {}},
        "cw_resolved_status_id": 105,
        "cw_escalated_status_id": 104,
    }
    answer = await administrator.put(PATH, json=wanted)
    assert answer.status_code == 200, answer.text
    expected = {
        **wanted,
        "status_map": {"1": {"resolved": 106, "escalated": None}, "2": {"resolved": None, "escalated": None}},
        "is_default": False,
    }
    assert answer.json() == expected
    assert (await viewer.get(PATH)).json() == expected
    assert (await other_engineer.get(PATH)).json()["is_default"], "another account has its own"


async def test_setting_them_the_first_time_and_again_keeps_one_row(application: Application) -> None:
    tenant = await application.tenant(with_flows=False)
    async with application.sign_in(
        tenant, role=next(role for role in tenant.users if role == "admin")
    ) as admin:
        for minutes in ("30min", "none"):
            answer = await admin.put(PATH, json={**DEFAULTS, "time_rounding": minutes})
            assert answer.json()["time_rounding"] == minutes
        assert (await admin.get(PATH)).json()["time_rounding"] == "none"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"time_rounding": "hour"}, "time_rounding"),
        ({"resolution_visibility": "public"}, "resolution_visibility"),
        ({"auto_post_on_close": "perhaps"}, "auto_post_on_close"),
        ({"status_map": {"help desk": {}}}, "status_map"),
        ({"status_map": {"1": {"resolved": "closed"}}}, "status_map"),
        ({"status_map": {"1": {"closed": 5}}}, "status_map"),
        ({"status_map": [1]}, "status_map"),
        ({"cw_resolved_status_id": 0}, "cw_resolved_status_id"),
        ({"branding": "blue"}, "branding"),
    ],
)
async def test_settings_that_make_no_sense_are_refused_field_by_field(
    desk: Desk, wrong: dict[str, Any], field: str
) -> None:
    before = (await desk.admin.get(PATH)).json()
    body = assert_problem(await desk.admin.put(PATH, json={**DEFAULTS, **wrong}), 422, "validation_failed")
    assert all(error["field"].startswith(f"body.{field}") for error in body["errors"])
    assert (await desk.admin.get(PATH)).json() == before


async def test_an_account_that_posts_by_hand_keeps_its_notes_here(
    engineer: httpx.AsyncClient, administrator: httpx.AsyncClient, psa: SimulatorServer
) -> None:
    await change(administrator, auto_post_on_close=False)
    journey = await Journey.start(engineer, psa_ticket_id=TICKET)
    before = len(psa.notes(int(TICKET)))
    preview = await journey.preview()
    assert (preview["target_ticket_ref"], preview["target_status"]) == (None, None)
    answer = (await journey.post_note(preview["markdown"])).json()
    assert (answer["outcome"], answer["session_status"]) == ("resolved_local", "resolved")
    assert len(psa.notes(int(TICKET))) == before


async def test_the_checks_leave_the_note_as_soon_as_the_account_wants_that(
    engineer: httpx.AsyncClient, administrator: httpx.AsyncClient, pilot: DirectedPilot
) -> None:
    journey = await Journey.start(engineer, text="The user account is locked out")
    body = await journey.detail()
    for _ in range(5):
        if any(item["kind"] == "check" and item["status"] == "answered" for item in body["lane"]):
            break
        body = await journey.answer_open_items()
    check = next(item for item in body["lane"] if item["kind"] == "check" and item["status"] == "answered")
    name = check["text"].rstrip(".")
    assert f"Checked:\n- {name}" in (await journey.preview())["markdown"]
    await change(administrator, include_diagnostic_steps=False)
    without = await journey.preview()
    assert not without["from_cache"], "another setting, another text"
    assert "Checked:" not in without["markdown"]
    assert (await journey.preview())["from_cache"]
    package = await engineer.post(journey.path("/escalation-package/preview"))
    assert name in package.json()["markdown"]


async def test_time_is_logged_as_the_account_wants_and_told_in_the_answer(
    engineer: httpx.AsyncClient, administrator: httpx.AsyncClient
) -> None:
    await change(administrator, auto_time_entry=True, time_rounding="30min")
    journey = await Journey.start(engineer, psa_ticket_id=TICKET)
    answer = (await journey.post_note("## Problem\n\nSolved.")).json()
    assert answer["outcome"] == "resolved"
    assert answer["writeback"]["logged_minutes"] == 30


async def test_time_that_was_refused_is_told_and_the_session_is_resolved(
    engineer: httpx.AsyncClient, psa: SimulatorServer
) -> None:
    psa.configure(default_work_role_fits=False)
    journey = await Journey.start(engineer, psa_ticket_id=TICKET)
    body = {"markdown": "## Problem\n\nSolved.", "log_minutes": 25}
    answer = (await engineer.post(journey.path("/resolution-note/post"), json=body)).json()
    assert (answer["outcome"], answer["session_status"]) == ("resolved", "resolved")
    assert answer["writeback"]["logged_minutes"] is None
    assert "Work Role" in answer["writeback"]["time_error"]["detail"]


async def test_a_fallback_status_is_set_where_the_board_has_it(
    engineer: httpx.AsyncClient, administrator: httpx.AsyncClient
) -> None:
    await change(administrator, status_map={}, cw_resolved_status_id=106)
    journey = await Journey.start(engineer, psa_ticket_id=TICKET)
    assert (await journey.preview())["target_status"] == "Closed"
    answer = (await journey.post_note("## Problem\n\nSolved.")).json()
    assert answer["verified_status_name"] == "Closed"


async def test_what_was_read_can_be_sent_back_with_a_change(administrator: httpx.AsyncClient) -> None:
    read = (await administrator.get(PATH)).json()
    answer = await administrator.put(PATH, json=read | {"auto_time_entry": True})
    assert answer.status_code == 200, answer.text
    assert answer.json() == read | {"auto_time_entry": True, "is_default": False}
