"""Keys appear in no log line, no message and no representation."""

import logging
from base64 import b64encode

import pytest
import structlog
from pydantic import SecretStr

from domain.psa import NoteVisibility, PsaError
from infra.simulators.connectwise.server import SimulatorServer
from tests.psa.conftest import Configure, Connect

PRIVATE, PUBLIC = "PrivateKeyThatLeaks", "PublicKeyThatLeaks"


def _forms(company: str, private: str, public: str) -> list[str]:
    pair = b64encode(f"{company}+{public}:{private}".encode()).decode()
    return [private, public, pair, pair[8:40]]


async def test_nothing_that_is_logged_holds_keys_or_ticket_text(
    connect: Connect, simulator: SimulatorServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="infra")
    with structlog.testing.capture_logs() as lines:
        psa = connect()
        await psa.test()
        await psa.post_note("48231", "confidential text", NoteVisibility.INTERNAL)
        simulator.add_fault("lost_answer", path="/service/tickets/48231$")
        with pytest.raises(PsaError):
            await psa.get_ticket_row("48231")
        with pytest.raises(PsaError):
            await connect(private_key=SecretStr("wrong-but-secret")).boards()
    written = f"{lines}{caplog.text}"
    assert "confidential text" not in written
    assert "wrong-but-secret" not in written
    for secret in _forms(simulator.company_id, simulator.private_key, simulator.public_key):
        assert secret not in written
    posted = next(line for line in lines if line.get("method") == "POST")
    assert posted["request_id"]
    assert posted["status"] == 201


async def test_a_server_that_echoes_keys_does_not_get_them_into_the_message(
    connect: Connect, simulator: SimulatorServer
) -> None:
    psa = connect(private_key=SecretStr(PRIVATE), public_key=SecretStr(PUBLIC))
    body = f"Login failed for {PUBLIC} with {PRIVATE}"
    simulator.add_fault("status", path="/service/boards$", status=401, body=body)
    with pytest.raises(PsaError) as caught:
        await psa.boards()
    assert caught.value.message == "Login failed for *** with ***"
    assert PRIVATE not in str(caught.value) + repr(caught.value)


def test_a_connection_does_not_show_its_keys(configure: Configure) -> None:
    connection = configure(private_key=SecretStr(PRIVATE), public_key=SecretStr(PUBLIC))
    assert PRIVATE not in repr(connection) + str(connection) + connection.model_dump_json()
    assert PRIVATE not in connection.fingerprint()
