"""In the end commands are sent once more under their keys: what they are answered then must be what they were."""

from __future__ import annotations

import random

import httpx
import pytest

from tests.chaos.client import Json, Person
from tests.chaos.ledger import Kind, Ledger


async def repeated(kind: Kind, first: tuple[int, Json], second: tuple[int, Json]) -> Ledger:
    """A command that was answered by the first, repeated and answered by the second; its key is checked here."""
    answers, keys = iter([first, second]), []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/auth/login"):
            return httpx.Response(200, json={"access_token": "token"})
        keys.append((request.headers["Idempotency-Key"], request.content))
        status, body = next(answers)
        return httpx.Response(status, json=body)

    http = httpx.AsyncClient(base_url="http://api", transport=httpx.MockTransport(answer))
    person = Person("http://api", "a@b.example", "password", Ledger(), random.Random(1), _http=http)
    await person.command(kind, "session-1", "POST", "/path", {"text": "It is on."})
    await person.repeat(person.sent[0])
    await person.aclose()
    assert keys[0] == keys[1]
    assert person.ledger.repeated == 1
    return person.ledger


SAME: dict[Kind, tuple[Json, Json]] = {
    Kind.FACT: ({"id": "1", "text": "It is on."}, {"id": "1", "text": "It is on."}),
    Kind.START: ({"id": "1", "status": "active"}, {"id": "1", "status": "resolved"}),
    Kind.RESOLVE: ({"outcome": "pending"}, {"outcome": "resolved"}),
}


@pytest.mark.parametrize("kind", SAME)
async def test_nothing_is_told_of_the_same_answer(kind: Kind) -> None:
    first, second = SAME[kind]
    assert (await repeated(kind, (201, first), (201, second))).told_otherwise == []


@pytest.mark.parametrize(
    ("kind", "second"),
    [
        (Kind.FACT, (201, {"id": "2", "text": "It is on."})),
        (Kind.START, (201, {"id": "2", "status": "active"})),
        (Kind.RESOLVE, (409, {"code": "wrong_state"})),
    ],
)
async def test_another_answer_is_told(kind: Kind, second: tuple[int, Json]) -> None:
    ledger = await repeated(kind, (201, SAME[kind][0]), second)
    assert [entry.kind for entry, _ in ledger.told_otherwise] == [kind]


async def test_an_answer_that_nobody_can_make_anything_of_is_told_and_asked_again() -> None:
    answers = iter(
        [httpx.Response(200, json={"access_token": "t"}), httpx.Response(500), httpx.Response(204)]
    )
    http = httpx.AsyncClient(base_url="http://api", transport=httpx.MockTransport(lambda _: next(answers)))
    person = Person("http://api", "a@b.example", "password", Ledger(), random.Random(1), _http=http)
    await person.command(Kind.PAUSE, "session-1", "POST", "/path")
    await person.aclose()
    assert person.ledger.defects == ["POST /path was answered 500"]
    assert person.sent[0].entry.acknowledged
