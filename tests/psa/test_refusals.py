"""What the PSA refuses reaches the engineer in the PSA's own words, and as the right kind of error."""

from typing import Any

import pytest
from pydantic import SecretStr

from domain.psa import (
    NoteVisibility,
    PsaCredentialsRejected,
    PsaError,
    PsaNotFound,
    PsaRejected,
    PsaUnavailable,
)
from infra.psa.addresses import PsaHostRefused
from infra.psa.connectwise.provider import ConnectWiseProvider
from infra.simulators.connectwise.server import SimulatorServer
from tests.psa.conftest import Connect


async def test_a_wrong_private_key_is_refused_on_a_server_that_answers_401(connect: Connect) -> None:
    with pytest.raises(PsaCredentialsRejected, match="Incorrect public/private key") as caught:
        await connect(private_key=SecretStr("wrong")).test()
    assert (caught.value.status, caught.value.code) == (401, "psa_credentials_rejected")


async def test_a_wrong_key_is_a_credentials_problem_on_a_cloud_that_answers_404(
    connect: Connect, simulator: SimulatorServer
) -> None:
    simulator.configure(auth_failure_status=404)
    with pytest.raises(PsaCredentialsRejected, match="company or keys are wrong"):
        await connect(public_key=SecretStr("wrong")).test()


@pytest.mark.parametrize("status", [400, 401, 403])
async def test_a_wrong_client_id_is_a_credentials_problem_whatever_the_status(
    connect: Connect, simulator: SimulatorServer, status: int
) -> None:
    simulator.configure(missing_client_id_status=status)
    with pytest.raises(PsaCredentialsRejected, match="clientId"):
        await connect(client_id=SecretStr("6f1c1f6e-0000-0000-0000-000000000000")).test()


async def test_an_unknown_company_is_named(connect: Connect) -> None:
    with pytest.raises(PsaCredentialsRejected, match="knows no company 'nobody'"):
        await connect(company_id="nobody").test()


async def test_a_company_id_is_never_part_of_the_path(connect: Connect) -> None:
    with pytest.raises(PsaCredentialsRejected):
        await connect(company_id="x/../demo-msp").test()


async def test_a_missing_right_is_told(psa: ConnectWiseProvider, simulator: SimulatorServer) -> None:
    simulator.configure(denied=["GET /system/members"])
    with pytest.raises(PsaCredentialsRejected, match="You do not have security permission") as caught:
        await psa.members()
    assert caught.value.status == 403


@pytest.mark.parametrize(("status", "kind"), [(404, PsaNotFound), (403, PsaCredentialsRejected)])
async def test_a_ticket_outside_the_keys_scope_is_not_visible(
    psa: ConnectWiseProvider, simulator: SimulatorServer, status: int, kind: type[PsaError]
) -> None:
    simulator.configure(invisible_tickets=[48231], invisible_status=status)
    with pytest.raises(kind):
        await psa.get_ticket_row("48231")


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (
            400,
            {
                "code": "InvalidObject",
                "message": "ticket object is invalid",
                "errors": [
                    {"code": "A", "message": "First reason."},
                    {"code": "B", "message": "Second reason."},
                ],
            },
            PsaRejected,
            "ticket object is invalid: First reason. Second reason.",
        ),
        (400, "Something plain\r\n went wrong", PsaRejected, "Something plain went wrong"),
        (409, {"code": "Conflict", "message": "Record is in use."}, PsaRejected, "Record is in use."),
        (415, "", PsaRejected, "ConnectWise answered 415 without a message."),
        (
            429,
            {"error": "ConnectWiseAPI", "message": "Too many requests. Please try again in 30 seconds."},
            PsaUnavailable,
            "Too many requests. Please try again in 30 seconds.",
        ),
        (429, {"error": "ConnectWiseAPI"}, PsaUnavailable, "ConnectWiseAPI"),
        (500, "Execution Timeout Expired.", PsaUnavailable, "Execution Timeout Expired."),
        (
            502,
            "<html><head><title>502 Bad\n Gateway &amp; more</title></head><body>nginx</body></html>",
            PsaUnavailable,
            "ConnectWise answered 502 with a web page: 502 Bad Gateway & more",
        ),
        (503, "<p>gone</p>", PsaUnavailable, "ConnectWise answered 503 with a web page."),
        (400, {"errors": ["odd", {"no": "message"}, 7]}, PsaRejected, "odd 7"),
    ],
)
async def test_errors_of_every_shape_are_read(
    psa: ConnectWiseProvider,
    simulator: SimulatorServer,
    status: int,
    body: str | dict[str, Any],
    kind: type[PsaError],
    words: str,
) -> None:
    simulator.add_fault("status", method="GET", path="/service/tickets/48231$", status=status, body=body)
    with pytest.raises(PsaError) as caught:
        await psa.get_ticket_row("48231")
    assert type(caught.value) is kind
    assert caught.value.message == str(caught.value) == words
    assert caught.value.status == status
    assert caught.value.request_id


async def test_throttling_tells_how_long_to_wait(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    simulator.configure(requests_per_minute=1, retry_after_seconds=17)
    await psa.boards()
    with pytest.raises(PsaUnavailable, match="Please try again in 17 seconds") as caught:
        await psa.members()
    assert (caught.value.retry_after, caught.value.effect_unknown) == (17.0, False)


async def test_a_redirect_is_not_followed(psa: ConnectWiseProvider, simulator: SimulatorServer) -> None:
    simulator.add_fault(
        "status", path="/system/info", status=302, headers={"Location": f"{simulator.url}/_simulator/health"}
    )
    with pytest.raises(PsaRejected, match="points to another address"):
        await psa.test()


async def test_a_web_page_where_json_belongs_is_no_success(
    psa: ConnectWiseProvider, simulator: SimulatorServer
) -> None:
    simulator.add_fault(
        "status", path="/notes$", method="POST", status=200, body="<html>Log in to Wi-Fi</html>"
    )
    with pytest.raises(PsaUnavailable, match="not JSON") as caught:
        await psa.post_note("48231", "text", NoteVisibility.INTERNAL)
    assert caught.value.effect_unknown


@pytest.mark.parametrize("body", ["[]", '{"id": "seven"}', "null", '"text"'])
async def test_a_record_of_another_shape_is_an_error_and_no_crash(
    psa: ConnectWiseProvider, simulator: SimulatorServer, body: str
) -> None:
    simulator.add_fault("status", path="/service/tickets/48231$", status=200, body=body)
    with pytest.raises(PsaUnavailable, match="cannot read"):
        await psa.get_ticket_row("48231")


async def test_a_private_address_is_refused_where_the_deployment_does_not_allow_it(connect: Connect) -> None:
    with pytest.raises(PsaHostRefused, match="leads into a private network"):
        await connect(allow_private=False, host="https://localhost").test()


async def test_plain_http_is_refused_where_private_hosts_are(connect: Connect) -> None:
    with pytest.raises(PsaHostRefused, match="must use https"):
        connect(allow_private=False, host="http://psa.example")


async def test_a_host_that_does_not_exist_is_unreachable(connect: Connect) -> None:
    with pytest.raises(PsaUnavailable, match=r"nowhere\.invalid cannot be reached"):
        await connect(host="nowhere.invalid").test()


async def test_a_host_that_is_no_connectwise_is_told_apart(
    connect: Connect, simulator: SimulatorServer
) -> None:
    simulator.add_fault("status", path="/login/companyinfo", status=200, body="<html>Welcome</html>")
    with pytest.raises(PsaRejected, match="does not answer like a ConnectWise server"):
        await connect().test()
