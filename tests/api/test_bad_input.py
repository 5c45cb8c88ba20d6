"""Input that cannot be right gets a clear error with a stable code, and nothing of it is stored."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from api.problems import BODY_LIMIT
from api.schemas.common import MESSAGE_LIMIT
from tests.api.conftest import Desk
from tests.support.journey import Journey
from tests.support.problems import assert_problem

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
async def journey(desk: Desk) -> Journey:
    """One open session for everything that is refused."""
    return await Journey.start(desk.engineer, text="The label printer in the warehouse prints blanks")


async def everything(journey: Journey) -> Any:
    """What is stored of the session, the clock's figures left out."""
    return await journey.detail()


@pytest.fixture(autouse=True)
async def nothing_is_stored(journey: Journey) -> AsyncIterator[None]:
    """Holds for every test of this module."""
    before = await everything(journey)
    yield
    assert await everything(journey) == before


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "blank"),
        ("   \n\t ", "blank"),
        ("x" * (MESSAGE_LIMIT + 1), "too_long"),
        ("before\x00after", "nul_character"),
        (None, "string_type"),
        (7, "string_type"),
        (["a"], "string_type"),
    ],
    ids=["empty", "only spaces", "too long", "NUL", "null", "a number", "a list"],
)
@pytest.mark.parametrize("route", ["/messages", "/chat", "/facts"])
async def test_text_that_cannot_be_a_message_is_refused_field_by_field(
    journey: Journey, route: str, text: object, code: str
) -> None:
    answer = await journey.client.post(journey.path(route), json={"text": text})
    body = assert_problem(answer, 422, "validation_failed")
    assert [(error["field"], error["code"]) for error in body["errors"]] == [("body.text", code)]
    assert body["errors"][0]["detail"]
    assert "xxxxxxxx" not in answer.text, "what was sent is not sent back"


async def test_starting_a_session_refuses_the_same_texts(desk: Desk) -> None:
    before = (await desk.engineer.get("/ai-sessions")).json()
    for text in ("", "  ", "x" * (MESSAGE_LIMIT + 1), "a\x00b", 7):
        assert_problem(
            await desk.engineer.post("/ai-sessions", json={"text": text}), 422, "validation_failed"
        )
    assert (await desk.engineer.get("/ai-sessions")).json() == before


async def test_half_a_surrogate_pair_is_refused(journey: Journey) -> None:
    for escape in (r"\ud83d", r"\ude00 and more", r"\ude00\ud83d"):
        body = f'{{"text": "{escape}"}}'.encode()
        answer = await journey.client.post(journey.path("/messages"), content=body, headers=JSON)
        assert_problem(answer, 422, "validation_failed")


async def test_half_a_surrogate_pair_as_a_name_of_a_field_is_refused_too(journey: Journey) -> None:
    body = rb'{"text": "fine", "\ud83d": 1}'
    answer = await journey.client.post(journey.path("/messages"), content=body, headers=JSON)
    assert_problem(answer, 422, "validation_failed")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"text": }',
        b'{"text": "a"} and more',
        b'{"text": "\xff\xfe"}',
        b"\xef\xbb\xbf\xff",
        b"[" * 100_000,
    ],
    ids=["cut off", "a gap", "two documents", "invalid UTF-8", "a broken mark", "nested for ever"],
)
async def test_a_body_that_is_not_json_is_called_malformed(journey: Journey, body: bytes) -> None:
    answer = await journey.client.post(journey.path("/messages"), content=body, headers=JSON)
    assert_problem(answer, 400, "malformed_json")


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'"text"', b"3"])
async def test_json_that_is_no_object_is_refused(journey: Journey, body: bytes) -> None:
    answer = await journey.client.post(journey.path("/messages"), content=body, headers=JSON)
    assert_problem(answer, 422, "validation_failed")


async def test_another_media_type_is_not_taken_for_json(journey: Journey) -> None:
    for media_type in ("text/plain", "application/x-www-form-urlencoded"):
        answer = await journey.client.post(
            journey.path("/messages"), content=b'{"text": "hello"}', headers={"Content-Type": media_type}
        )
        assert_problem(answer, 422, "validation_failed")


async def test_unknown_fields_are_refused_so_that_a_typing_error_is_seen(
    journey: Journey, desk: Desk
) -> None:
    for route, body in (
        (journey.path("/messages"), {"text": "hello", "txt": 1}),
        (journey.path("/facts"), {"text": "hello", "source_type": "ai_synthesis"}),
        (journey.path("/abandon"), {"why": "mistake"}),
        (journey.path("/resolution-note/post"), {"markdown": "note", "force": True}),
        ("/ai-sessions", {"text": "hello", "engineer_id": str(uuid4())}),
        ("/auth/login", {"email": "a@b.example", "password": "x", "remember": True}),
    ):
        problem = assert_problem(await desk.engineer.post(route, json=body), 422, "validation_failed")
        assert problem["errors"][0]["code"] == "extra_forbidden"


async def test_several_wrong_fields_are_told_at_once(desk: Desk) -> None:
    answer = await desk.engineer.post(
        "/ai-sessions", json={"text": 1, "psa_connection_id": "x", "psa_ticket_id": "abc", "title": ""}
    )
    body = assert_problem(answer, 422, "validation_failed")
    assert {error["field"] for error in body["errors"]} == {
        "body.text",
        "body.psa_connection_id",
        "body.psa_ticket_id",
        "body.title",
    }


async def test_answers_must_say_something_once_about_each_item(journey: Journey) -> None:
    item = str(uuid4())
    wrong: list[Any] = [
        [],
        [{"item_id": item}],
        [{"item_id": item, "answer": "  "}],
        [{"item_id": item, "answer": "yes", "skipped": True}],
        [{"item_id": item, "answer": "yes"}, {"item_id": item, "answer": "no"}],
        [{"item_id": item, "answer": "x" * (MESSAGE_LIMIT + 1)}],
        [{"item_id": item, "output": "a\x00b"}],
        [{"item_id": "not an id", "answer": "yes"}],
        [{"item_id": str(uuid4()), "answer": "yes"} for _ in range(21)],
    ]
    for items in wrong:
        answer = await journey.client.post(journey.path("/items"), json={"items": items})
        assert_problem(answer, 422, "validation_failed")


async def test_an_item_that_is_not_of_the_session_is_not_found(journey: Journey) -> None:
    body = {"items": [{"item_id": str(uuid4()), "answer": "yes"}]}
    assert_problem(await journey.client.post(journey.path("/items"), json=body), 404, "item_not_found")


async def test_an_outcome_must_be_one_of_the_four(journey: Journey) -> None:
    for body in (
        {},
        {"outcome": "worked"},
        {"outcome": "proposed"},
        {"outcome": "applied_partial", "notes": "x" * 501},
    ):
        answer = await journey.client.patch(journey.path(f"/suggested-fixes/{uuid4()}/outcome"), json=body)
        assert_problem(answer, 422, "validation_failed")


async def test_a_note_must_have_text_and_fit(journey: Journey) -> None:
    post = journey.path("/resolution-note/post")
    for markdown in ("", " \n "):
        assert_problem(await journey.client.post(post, json={"markdown": markdown}), 422, "note_empty")
    for body in (
        {"markdown": "x" * 20_001},
        {"markdown": "a\x00b"},
        {"markdown": "note", "resolution_summary": "x" * 501},
        {"markdown": "note", "status_id": 0},
        {"markdown": "note", "status_id": 2**31},
        {},
    ):
        assert_problem(await journey.client.post(post, json=body), 422, "validation_failed")


async def test_an_idempotency_key_must_be_printable_and_short(journey: Journey) -> None:
    for key in ("", "x" * 201, "two words", "tab\tbed"):
        answer = await journey.client.post(
            journey.path("/messages"), json={"text": "hello"}, headers={"Idempotency-Key": key}
        )
        assert_problem(answer, 422, "validation_failed")


async def test_a_body_over_the_limit_is_refused_by_its_announced_length(journey: Journey) -> None:
    answer = await journey.client.post(
        journey.path("/messages"), content=b'{"text": "' + b"x" * BODY_LIMIT + b'"}', headers=JSON
    )
    body = assert_problem(answer, 413, "body_too_large")
    assert "256 kB" in body["detail"]


async def test_a_body_over_the_limit_is_refused_when_it_arrives_in_pieces(journey: Journey) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b'{"text": "'
        for _ in range(BODY_LIMIT // 4096 + 1):
            yield b"x" * 4096
        yield b'"}'

    answer = await journey.client.post(journey.path("/messages"), content=pieces(), headers=JSON)
    assert_problem(answer, 413, "body_too_large")


async def test_ids_that_are_no_ids_are_refused(desk: Desk) -> None:
    for path in ("/ai-sessions/7", "/ai-sessions/..%2f..", "/ai-sessions/%00", "/ai-sessions/' OR 1=1"):
        answer = await desk.engineer.get(path)
        assert answer.status_code in (404, 422), path
        assert_problem(answer, answer.status_code, answer.json()["code"])


async def test_parameters_of_lists_are_checked(desk: Desk) -> None:
    for query in (
        {"limit": 0},
        {"limit": 201},
        {"limit": "many"},
        {"status": "asleep"},
        {"scope": "everybody"},
        {"q": "x" * 201},
        {"q": "a\x00b"},
        {"psa_ticket_id": "1\x002"},
    ):
        answer = await desk.engineer.get("/ai-sessions", params=query)
        assert_problem(answer, 422, "validation_failed")


async def test_addresses_and_methods_that_do_not_exist_are_problems_too(desk: Desk) -> None:
    assert_problem(await desk.engineer.get("/nothing-here"), 404, "not_found")
    assert_problem(await desk.engineer.post("/nothing-here"), 404, "not_found")
    for method, path in (("DELETE", "/ai-sessions"), ("GET", "/auth/login"), ("PUT", "/auth/me")):
        answer = await desk.engineer.request(method, path)
        assert_problem(answer, 405, "method_not_allowed")
        assert answer.headers["allow"]


async def test_a_problem_names_the_request_it_is_about(journey: Journey) -> None:
    ids = set()
    for _ in range(2):
        answer = await journey.client.post(
            journey.path("/messages"), content=json.dumps({"text": ""}), headers=JSON
        )
        ids.add(assert_problem(answer, 422, "validation_failed")["request_id"])
    assert len(ids) == 2


async def test_the_longest_text_of_any_script_is_taken(desk: Desk) -> None:
    # Control of the limits: what is allowed gets through, also when every character takes four bytes.
    text = "😀" * MESSAGE_LIMIT
    session = await Journey.start(desk.engineer, text="Something with the scanner")
    body = await session.say(text)
    assert any(message["text"] == text for message in body["messages"])


async def test_no_session_is_needed_to_be_refused(desk: Desk) -> None:
    answer: httpx.Response = await desk.engineer.post("/ai-sessions", json={})
    assert_problem(answer, 400, "nothing_to_start_from")
    for body in ({"title": "Only a title"}, {"text": None}):
        assert_problem(await desk.engineer.post("/ai-sessions", json=body), 400, "nothing_to_start_from")


@pytest.mark.parametrize(
    ("item", "field", "code"),
    [
        ({"answer": "yes", "skipped": True}, "body.items.0", "answer_or_skip"),
        ({}, "body.items.0", "answer_or_skip"),
    ],
    ids=["an answer that is skipped", "nothing at all"],
)
async def test_an_item_is_answered_or_skipped(
    journey: Journey, item: dict[str, Any], field: str, code: str
) -> None:
    body = {"items": [{"item_id": str(uuid4()), **item}]}
    told = assert_problem(
        await journey.client.post(journey.path("/items"), json=body), 422, "validation_failed"
    )
    assert [(error["field"], error["code"]) for error in told["errors"]] == [(field, code)]


async def test_what_is_named_twice_in_one_request_is_refused(journey: Journey) -> None:
    same = str(uuid4())
    for route, body, field, code in (
        ("/items", {"items": [{"item_id": same, "answer": "a"}] * 2}, "body", "item_twice"),
        ("/messages", {"text": "Look", "upload_ids": [same, same]}, "body.upload_ids", "upload_twice"),
    ):
        answer = await journey.client.post(journey.path(route), json=body)
        told = assert_problem(answer, 422, "validation_failed")
        assert [(error["field"], error["code"]) for error in told["errors"]] == [(field, code)]


async def test_half_a_surrogate_pair_has_a_code_of_its_own(journey: Journey) -> None:
    answer = await journey.client.post(
        journey.path("/messages"), content=rb'{"text": "a \ud83d b"}', headers=JSON
    )
    told = assert_problem(answer, 422, "validation_failed")
    assert told["errors"][0]["code"] == "lone_surrogate"


async def test_a_time_outside_of_the_calendar_is_refused(journey: Journey) -> None:
    answer = await journey.client.get("/ai-sessions", params={"from": "0001-01-01T00:00:00+14:00"})
    told = assert_problem(answer, 422, "validation_failed")
    assert told["errors"][0]["code"] == "time_out_of_range"
