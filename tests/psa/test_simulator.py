"""The simulator is a PSA one can rely on: the same every time, persistent, watchable, strict as the vendor."""

from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from infra.simulators.connectwise.seed.build import build_records
from infra.simulators.connectwise.server import SimulatorServer
from infra.simulators.connectwise.store import Store


def test_the_desk_is_the_same_every_time_and_reads_like_one() -> None:
    first, second = Store(), Store()
    tickets = first.all("tickets")
    assert [ticket["summary"] for ticket in tickets] == [
        ticket["summary"] for ticket in second.all("tickets")
    ]
    assert len(tickets) == 200
    assert tickets[0]["id"] == 48200
    assert len({ticket["summary"] for ticket in tickets}) > 150
    assert not any("{" in ticket["summary"] for ticket in tickets)
    assert not any("{" in note["text"] for note in first.all("notes"))
    assert {ticket["board"]["name"] for ticket in tickets} == {
        "Help Desk",
        "Network Operations",
        "Microsoft 365",
        "Field Service",
        "Alerts",
    }
    described = {note["ticketId"] for note in first.all("notes") if note["detailDescriptionFlag"]}
    assert described == {ticket["id"] for ticket in tickets}


def test_every_reference_of_the_seed_points_to_a_record() -> None:
    records = build_records(datetime(2026, 1, 1, tzinfo=UTC))
    ids = {name: {record["id"] for record in found} for name, found in records.items()}
    boards_of_statuses = {status["id"]: status["board"]["id"] for status in records["statuses"]}
    for ticket in records["tickets"]:
        assert boards_of_statuses[ticket["status"]["id"]] == ticket["board"]["id"]
        assert ticket["company"]["id"] in ids["companies"]
        assert ticket["contact"]["id"] in ids["contacts"]
        assert ticket["owner"] is None or ticket["owner"]["id"] in ids["members"]
    assert all(note["ticketId"] in ids["tickets"] for note in records["notes"])


async def test_notes_and_status_survive_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "deep" / "simulator.json"
    first = Store(state)
    first.save("notes", first.new("notes", {"ticketId": 48231, "text": "kept", "resolutionFlag": True}))
    first.save("tickets", {**first.draft("tickets", 48231), "summary": "kept too"})
    doomed = first.save("notes", first.new("notes", {"ticketId": 48231, "text": "deleted"}))
    first.delete("notes", doomed["id"])
    second = Store(state)
    assert second.all("notes") == first.all("notes")
    assert second.all("tickets") == first.all("tickets")
    assert second.new("notes", {})["id"] > doomed["id"], "numbers are not used twice"
    assert [path.name for path in state.parent.iterdir()] == ["simulator.json"]
    second.reset()
    assert len(Store(state).all("notes")) == len(Store().all("notes"))


async def test_a_person_sees_the_note_on_the_tickets_page_and_no_markup_in_it(
    simulator: SimulatorServer,
) -> None:
    store = simulator.simulator.store
    note = store.new(
        "notes", {"ticketId": 48231, "text": "<script>alert(1)</script>", "resolutionFlag": True}
    )
    store.save("notes", note)
    async with httpx.AsyncClient(base_url=simulator.url) as client:
        page = await client.get("/_simulator/tickets/48231")
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
        assert "<script>" not in page.text
        assert "/_simulator/tickets/48231" in (await client.get("/")).text
        assert (await client.get("/_simulator/tickets/1")).status_code == 404
        assert (await client.get("/_simulator/tickets/<b>")).status_code == 404


async def test_the_control_api_adds_faults_and_shows_requests_without_credentials(
    simulator: SimulatorServer, http: httpx.AsyncClient
) -> None:
    async with httpx.AsyncClient(base_url=f"{simulator.url}/_simulator") as control:
        rule = {"kind": "status", "path": "/system/info", "status": 503, "body": "down", "times": 1}
        assert (await control.post("/faults", json=rule)).status_code == 201
        assert (await control.post("/faults", json={"kind": "earthquake"})).status_code == 422
        assert (await http.get("/system/info")).text == "down"
        assert (await http.get("/system/info")).status_code == 200
        assert (await control.get("/faults")).json() == []
        seen = (await control.get("/requests")).json()
        assert [entry["status"] for entry in seen] == [503, 200]
        assert all("authorization" not in entry["headers"] for entry in seen)
        assert (await control.patch("/settings", json={"canCloseTickets": False})).json()[
            "canCloseTickets"
        ] is False
        assert (await control.patch("/settings", json={"nonsense": 1})).status_code == 422
        assert (await control.post("/reset")).status_code == 204
        assert (await control.get("/settings")).json()["canCloseTickets"] is True
        assert (await control.get("/requests")).json() == []
        assert len((await control.get("/state/tickets")).json()) == 200
        notes = (await control.get("/state/notes", params={"ticketId": 48231})).json()
        assert notes == simulator.notes(48231) != []
        assert (await control.get("/state/nonsense")).status_code == 404


async def test_lists_page_with_links_in_the_vendors_form(http: httpx.AsyncClient) -> None:
    first = await http.get("/service/tickets", params={"conditions": "id > 48300", "pageSize": 60})
    assert len(first.json()) == 60
    link = first.headers["link"]
    assert '/service/tickets/?conditions=id+%3e+48300&pageSize=60&page=2>; rel="next"' in link
    second = await http.get(link[1 : link.index(">")])
    assert len(second.json()) == 39
    assert 'rel="next"' not in second.headers["link"]
    assert (await http.get("/service/tickets", params={"page": 99})).json() == []
    assert len((await http.get("/service/tickets")).json()) == 25
    assert (await http.get("/service/tickets/count", params={"conditions": "id > 48300"})).json() == {
        "count": 99
    }


async def test_forward_only_paging_goes_by_id_until_it_is_exhausted(http: httpx.AsyncClient) -> None:
    seen: list[int] = []
    url: str | None = "/service/tickets?pageSize=90"
    while url is not None:
        answer = await http.get(url, headers={"pagination-type": "forward-only"})
        seen += [row["id"] for row in answer.json()]
        link = answer.headers.get("link")
        url = link[1 : link.index(">")] if link else None
    assert seen == list(range(48200, 48400))


async def test_fields_leave_out_everything_else_even_info(http: httpx.AsyncClient) -> None:
    row = (await http.get("/service/tickets/48231", params={"fields": "id,status/name"})).json()
    assert row == {"id": 48231, "status": {"name": "In Progress"}}


async def test_unknown_paths_and_misbuilt_ones_are_answered_as_by_the_vendor(http: httpx.AsyncClient) -> None:
    missing = await http.get("/service/nonsense")
    assert (missing.status_code, missing.json()["message"]) == (404, "The endpoint does not exist.")
    doubled = await http.get("/v2025_1/apis/3.0/service/tickets")
    assert (doubled.status_code, doubled.text) == (400, "Cannot route. Codebase/company is invalid")
    assert (
        await http.get(str(http.base_url).replace("/v2025_1/apis/3.0", "") + "/api/service/tickets")
    ).status_code == 404


@pytest.mark.parametrize(
    ("operations", "status", "words"),
    [
        ({"op": "replace"}, 400, "must be an array"),
        ([{"op": "move", "path": "summary"}], 400, "patch operation is invalid"),
        ([{"op": "replace", "path": "Summary", "value": "x"}], 400, "'Summary' is invalid"),
        ([{"op": "replace", "path": "status", "value": "Resolved"}], 400, "ticket object is invalid"),
        ([{"op": "replace", "path": "summary", "value": "x" * 101}], 400, "ticket object is invalid"),
        ([{"op": "remove", "path": "summary"}], 400, "ticket object is invalid"),
        (
            [{"op": "replace", "path": "requiredDate", "value": "2026-01-01T00:00:00+02:00"}],
            400,
            "ticket object",
        ),
        ([{"op": "replace", "path": "/summary", "value": "renamed"}], 200, "renamed"),
        ([{"op": "replace", "path": "status", "value": {"name": "Escalated"}}], 200, '"id":104'),
        ([{"op": "replace", "path": "status/id", "value": 104}], 200, '"id":102'),
        ([{"op": "replace", "path": "resources", "value": "jo"}], 200, '"resources":"mreyes"'),
    ],
)
async def test_patch_has_the_vendors_own_semantics(
    http: httpx.AsyncClient, operations: object, status: int, words: str
) -> None:
    answer = await http.patch("/service/tickets/48231", json=operations)
    assert answer.status_code == status
    assert words in answer.text


async def test_a_nested_path_works_where_the_tenant_accepts_it(
    http: httpx.AsyncClient, simulator: SimulatorServer
) -> None:
    simulator.configure(nested_path_patch="apply")
    answer = await http.patch(
        "/service/tickets/48231", json=[{"op": "replace", "path": "status/id", "value": 104}]
    )
    assert answer.json()["status"]["id"] == 104


async def test_a_note_without_a_tab_is_refused(http: httpx.AsyncClient) -> None:
    answer = await http.post("/service/tickets/48231/notes", json={"text": "nowhere"})
    assert answer.status_code == 400
    assert "Please choose where to display the notes" in answer.text


async def test_the_legacy_flags_of_a_posted_note_are_true_once_and_null_ever_after(
    http: httpx.AsyncClient,
) -> None:
    posted = (
        await http.post("/service/tickets/48231/notes", json={"text": "x", "internalAnalysisFlag": True})
    ).json()
    assert (posted["internalFlag"], posted["externalFlag"]) == (True, True)
    again = (await http.get(f"/service/tickets/48231/notes/{posted['id']}")).json()
    assert (again["internalFlag"], again["externalFlag"]) == (None, None)


async def test_creating_a_ticket_takes_the_boards_defaults_and_turns_texts_into_notes(
    http: httpx.AsyncClient, simulator: SimulatorServer
) -> None:
    body = {"summary": "New", "company": {"id": 250}, "board": {"id": 2}, "initialDescription": "It beeps."}
    created = await http.post("/service/tickets", json=body)
    assert created.status_code == 201
    ticket = created.json()
    assert (ticket["status"]["id"], ticket["priority"]["id"]) == (201, 3)
    assert "initialDescription" not in ticket
    assert [note["text"] for note in simulator.notes(ticket["id"])] == ["It beeps."]
    for wrong in (
        {},
        {**body, "summary": ""},
        {**body, "company": {"id": 1}},
        {**body, "status": {"id": 101}},
    ):
        refused = await http.post("/service/tickets", json=wrong)
        assert (refused.status_code, refused.json()["code"]) == (400, "InvalidObject")


async def test_resources_follow_the_schedule(http: httpx.AsyncClient) -> None:
    entry = {"type": {"id": 4}, "objectId": 48231, "member": {"identifier": "john"}}
    created = await http.post("/schedule/entries", json=entry)
    assert created.status_code == 201
    assert (await http.get("/service/tickets/48231")).json()["resources"] == "mreyes, john"
    await http.delete(f"/schedule/entries/{created.json()['id']}")
    assert (await http.get("/service/tickets/48231")).json()["resources"] == "mreyes"
    wrong_type = await http.post("/schedule/entries", json={**entry, "type": {"id": 1}})
    assert "Activity 48231 not found" in wrong_type.text
    assert (
        await http.post("/schedule/entries", json={"type": {"id": 4}, "objectId": 48231})
    ).status_code == 400


async def test_time_is_booked_on_open_tickets_and_shows_among_all_notes_only(http: httpx.AsyncClient) -> None:
    entry = {
        "chargeToId": 48231,
        "chargeToType": "ServiceTicket",
        "timeStart": "2026-01-05T10:00:00Z",
        "timeEnd": "2026-01-05T10:45:00Z",
        "notes": "Reset the token",
        "addToResolutionFlag": True,
    }
    created = await http.post("/time/entries", json=entry)
    assert (created.status_code, created.json()["actualHours"]) == (201, 0.75)
    assert "Reset the token" not in (await http.get("/service/tickets/48231/notes")).text
    assert "Reset the token" in (await http.get("/service/tickets/48231/allNotes")).text
    await http.patch(
        "/service/tickets/48231", json=[{"op": "replace", "path": "status", "value": {"name": "Closed"}}]
    )
    assert (await http.post("/time/entries", json=entry)).status_code == 400
    assert (
        await http.post("/time/entries", json={**entry, "timeStart": "2026-01-05T10:00:00.5Z"})
    ).status_code == 400
