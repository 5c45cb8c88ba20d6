"""The address that was checked is the address that is connected to, whatever the name server says a moment later."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import httpcore
import httpx
import pytest

from infra.psa.addresses import GuardedTransport, PsaHostRefused
from infra.psa.connectwise.provider import ConnectWiseProvider
from tests.psa.conftest import Connect

PUBLIC = "93.184.215.14"
HOST = "psa.example"


class NameServer:
    """Answers each question with the next of its answers, the last one again and again. Counts the questions."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = answers
        self.asked = 0

    async def getaddrinfo(self, host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        if host != HOST:
            raise socket.gaierror(f"nobody asked for {host}")
        answer = self._answers[min(self.asked, len(self._answers) - 1)]
        self.asked += 1
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in answer]


class Connections:
    """What was connected to; every connection is refused."""

    def __init__(self) -> None:
        self.addresses: list[str] = []

    async def connect_tcp(self, host: str, *_: Any, **__: Any) -> Any:
        self.addresses.append(host)
        raise httpcore.ConnectError("refused")


Resolve = Callable[..., NameServer]


@pytest.fixture
async def resolve(monkeypatch: pytest.MonkeyPatch) -> Resolve:
    """Names are resolved by the test from now on."""

    def use(*answers: list[str]) -> NameServer:
        server = NameServer(*answers)
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", server.getaddrinfo)
        return server

    return use


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> Connections:
    seen = Connections()
    monkeypatch.setattr(
        "httpcore.AnyIOBackend.connect_tcp", lambda _, *args, **more: seen.connect_tcp(*args, **more)
    )
    return seen


async def ask(*, allow_private: bool = False) -> httpx.Response:
    transport = GuardedTransport(allow_private=allow_private, limits=httpx.Limits())
    async with httpx.AsyncClient(transport=transport) as client:
        return await client.get(f"http://{HOST}/")


async def test_a_name_is_asked_for_once_and_what_was_checked_is_connected_to(
    resolve: Resolve, connections: Connections
) -> None:
    server = resolve([PUBLIC], ["127.0.0.1"])
    with pytest.raises(httpx.ConnectError):
        await ask()
    assert server.asked == 1
    assert connections.addresses == [PUBLIC], "an address, not the name: nobody resolves it again"


async def test_a_name_that_turns_inwards_later_is_refused_then(
    resolve: Resolve, connections: Connections
) -> None:
    resolve([PUBLIC], ["169.254.169.254"])
    with pytest.raises(httpx.ConnectError):
        await ask()
    with pytest.raises(PsaHostRefused):
        await ask()
    assert connections.addresses == [PUBLIC]


@pytest.mark.parametrize(
    "inwards",
    ["127.0.0.1", "10.0.0.8", "::1", "::127.0.0.1", "64:ff9b::a00:8", "64:ff9b:1::a00:8", "0.0.0.0"],  # noqa: S104
)
async def test_of_several_addresses_only_the_public_ones_are_tried(
    resolve: Resolve, connections: Connections, inwards: str
) -> None:
    resolve([inwards, PUBLIC])
    with pytest.raises(httpx.ConnectError):
        await ask()
    assert connections.addresses == [PUBLIC]
    resolve([inwards])
    with pytest.raises(PsaHostRefused):
        await ask()
    assert connections.addresses == [PUBLIC]


async def test_private_addresses_that_are_allowed_do_not_open_the_metadata_service(
    resolve: Resolve, connections: Connections
) -> None:
    resolve(["169.254.169.254"])
    with pytest.raises(PsaHostRefused):
        await ask(allow_private=True)
    assert connections.addresses == []


async def test_a_redirect_is_not_followed_wherever_it_leads(connect: Connect) -> None:
    asked: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readline()).decode().split(" ")[1])
        writer.write(
            b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest/meta-data\r\n"
            b"Content-Length: 0\r\nConnection: close\r\n\r\n"
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        psa: ConnectWiseProvider = connect(host=f"http://127.0.0.1:{port}")
        with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever it is called, it is no answer
            await psa.test()
    assert "meta-data" not in str(caught.value)
    assert asked
    assert all(not path.startswith("/latest") for path in asked)
