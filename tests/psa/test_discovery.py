"""The client finds the API by itself, follows an upgrade, and gives its keys to nobody else."""

import pytest

from domain.psa import PsaNotFound
from infra.psa.connectwise.provider import ConnectWiseProvider
from infra.simulators.connectwise.server import SimulatorServer
from tests.psa.conftest import Connect


async def test_discovery_is_asked_once_and_without_keys(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    await psa.boards()
    await psa.members()
    asked = simulator.requests("GET", "/login/companyinfo/")
    assert len(asked) == 1
    assert "clientid" not in asked[0].headers


@pytest.mark.parametrize("as_text", [True, False])
async def test_the_cloud_flag_is_read_as_word_and_as_boolean(
    connect: Connect, simulator: SimulatorServer, as_text: bool
) -> None:
    simulator.configure(cloud=False, cloud_flag_as_text=as_text)
    assert (await connect().test()).is_cloud is False


async def test_a_pasted_api_address_is_taken_as_host(connect: Connect, simulator: SimulatorServer) -> None:
    psa = connect(host=f"{simulator.url}/v4_6_release/apis/3.0")
    assert (await psa.get_ticket_row("48231")).id == "48231"


async def test_an_upgrade_in_between_is_followed_within_the_call(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    await psa.boards()
    simulator.configure(codebase="v2025_2/")
    assert (await psa.set_status("48231", 104)).status_id == 104
    paths = [entry.path for entry in simulator.requests("PATCH")]
    assert paths == [f"/v2025_{minor}/apis/3.0/service/tickets/48231" for minor in (1, 2)]


async def test_a_record_that_is_not_there_is_no_reason_to_look_for_an_upgrade(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    with pytest.raises(PsaNotFound):
        await psa.get_ticket_row("99999")
    assert len(simulator.requests("GET", "/login/companyinfo/")) == 1


async def test_answers_that_stay_404_do_not_ask_for_discovery_every_time(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    simulator.add_fault("status", path="/service/tickets/48231$", status=404, times=None)
    for _ in range(3):
        with pytest.raises(PsaNotFound):
            await psa.get_ticket_row("48231")
    assert len(simulator.requests("GET", "/login/companyinfo/")) == 2


async def test_keys_go_to_the_configured_server_even_when_discovery_names_another(
    connect: Connect, simulator: SimulatorServer
) -> None:
    async with SimulatorServer() as thief:
        simulator.configure(site_url=thief.authority.replace("127.0.0.1", "localhost"))
        assert (await connect().get_ticket_row("48231")).id == "48231"
        assert thief.requests() == []


async def test_a_link_to_another_server_is_not_followed_there(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    async with SimulatorServer() as thief:
        link = f'<{thief.url}/v2025_1/apis/3.0/service/boards/?page=2>; rel="next"'
        simulator.add_fault(
            "status",
            path="/service/boards$",
            status=200,
            body='[{"id": 1, "name": "One"}]',
            headers={"Link": link},
        )
        assert [board.name for board in await psa.boards()] == ["One"]
        assert thief.requests() == []
    assert [entry.query for entry in simulator.requests("GET", "/service/boards")] == [
        "page=1&pageSize=1000",
        "page=2&pageSize=1000",
    ]
