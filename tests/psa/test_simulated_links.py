"""Configurations are linked to tickets in the simulator as they are at the http."""

from pathlib import Path

import httpx
import pytest

from infra.simulators.connectwise.server import SimulatorServer
from infra.simulators.connectwise.store import Store

LINKS = "/service/tickets/48231/configurations"


async def test_a_ticket_shows_stubs_of_its_configurations(http: httpx.AsyncClient) -> None:
    (stub,) = (await http.get(LINKS)).json()
    assert set(stub) == {"id", "deviceIdentifier", "_info"}
    details = (await http.get(f"/company/configurations/{stub['id']}")).json()
    assert details["deviceIdentifier"] == stub["deviceIdentifier"]
    assert (await http.get(f"{LINKS}/count")).json() == {"count": 1}


@pytest.mark.parametrize("named", [{"id": 4003}, {"deviceIdentifier": "dev-4003"}])
async def test_a_configuration_is_linked_once_and_unlinked(
    http: httpx.AsyncClient, named: dict[str, object]
) -> None:
    created = await http.post(LINKS, json=named)
    assert (created.status_code, created.json()["id"]) == (201, 4003)
    again = await http.post(LINKS, json=named)
    assert (again.status_code, again.json()["errors"][0]["code"]) == (400, "ObjectExists")
    assert (await http.delete(f"{LINKS}/4003")).status_code == 204
    assert (await http.delete(f"{LINKS}/4003")).status_code == 404
    assert (await http.get(f"{LINKS}/count")).json() == {"count": 1}


async def test_a_link_to_nothing_and_an_empty_one_are_refused(http: httpx.AsyncClient) -> None:
    empty = await http.post(LINKS, json={})
    assert empty.json()["errors"][0]["message"] == "id or deviceIdentifier is required."
    unknown = await http.post(LINKS, json={"id": 1})
    assert unknown.json()["errors"][0]["message"] == "Configuration 1 not found"
    assert {empty.status_code, unknown.status_code} == {400}


async def test_a_ticket_outside_the_keys_scope_shows_nothing_that_belongs_to_it(
    http: httpx.AsyncClient, simulator: SimulatorServer
) -> None:
    simulator.configure(invisible_tickets=[48231])
    for child in ("configurations", "timeentries", "scheduleentries", "notes"):
        assert (await http.get(f"/service/tickets/48231/{child}")).status_code == 404


async def test_time_adds_up_on_the_ticket(http: httpx.AsyncClient, simulator: SimulatorServer) -> None:
    entry = {
        "chargeToType": "ServiceTicket",
        "chargeToId": 48231,
        "timeStart": "2026-01-05T09:00:00Z",
        "actualHours": 0.5,
    }
    for _ in range(2):
        assert (await http.post("/time/entries", json=entry)).status_code == 201
    assert simulator.ticket(48231)["actualHours"] == 1.0
    assert len((await http.get("/service/tickets/48231/timeentries")).json()) == 2


@pytest.mark.parametrize("change", [{"timeEnd": "2026-01-05T08:00:00Z"}, {"actualHours": -1}])
async def test_time_that_runs_backwards_is_refused(
    http: httpx.AsyncClient, change: dict[str, object]
) -> None:
    entry = {"chargeToType": "ServiceTicket", "chargeToId": 48231, "timeStart": "2026-01-05T09:00:00Z"}
    assert (await http.post("/time/entries", json={**entry, **change})).status_code == 400


def test_the_seed_links_machines_servers_and_firewalls_where_the_trouble_is() -> None:
    store = Store()
    names: dict[int, set[str]] = {}
    for link in store.all("linkedConfigurations"):
        names.setdefault(link["ticketId"], set()).add(link["configuration"]["name"].split("-")[1])
    by_summary = {ticket["id"]: ticket["summary"] for ticket in store.all("tickets")}
    assert names[48231] == {"PC22"}
    assert any("SRV01" in found for found in names.values())
    firewalls = [number for number, found in names.items() if "FW01" in found]
    assert firewalls
    assert all("VPN" in by_summary[number] for number in firewalls)


async def test_links_survive_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "simulator.json"
    first = Store(state)
    values = {"ticketId": 48231, "configuration": {"id": 4003, "name": "server"}}
    first.save("linkedConfigurations", first.new("linkedConfigurations", values))
    assert Store(state).all("linkedConfigurations") == first.all("linkedConfigurations")
