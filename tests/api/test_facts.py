"""Facts over HTTP: what can be done to them, and every way in which it is refused."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.conftest import Desk
from tests.api.scripted import asked, scripted
from tests.support.journey import Journey
from tests.support.pilots import DirectedPilot
from tests.support.problems import assert_problem
from tests.support.streams import event_stream
from tests.workflows.replies import promote

Json = dict[str, Any]


async def facts(journey: Journey, **query: Any) -> list[Json]:
    answer = await journey.client.get(journey.path("/facts"), params=query)
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()
    return found


async def add(journey: Journey, text: str, **more: Any) -> Json:
    answer = await journey.client.post(journey.path("/facts"), json={"text": text, **more})
    assert answer.status_code == 201, answer.text
    body: Json = answer.json()
    return body


async def edit(journey: Journey, fact: Json, **body: Any) -> httpx.Response:
    return await journey.client.patch(journey.path(f"/facts/{fact['id']}"), json=body)


async def delete(journey: Journey, fact: Json) -> httpx.Response:
    return await journey.client.delete(journey.path(f"/facts/{fact['id']}"))


async def restore(journey: Journey, fact: Json) -> httpx.Response:
    return await journey.client.post(journey.path(f"/facts/{fact['id']}/restore"))


async def promote_fact(journey: Journey, **body: Any) -> httpx.Response:
    body = {"source_type": "ai_synthesis", **body}
    return await journey.client.post(journey.path("/facts/promote"), json=body)


async def test_a_fact_is_corrected_deleted_and_taken_back(desk: Desk) -> None:
    journey = await Journey.start(desk.engineer, text="The turnstile counts everyone twice")
    other = await add(journey, "The firmware is current")
    fact = await add(journey, "It began on Mondey", summary="names the beginning")
    async with event_stream(journey.client, journey.id) as events:
        corrected = (await edit(journey, fact, text="It began on Monday")).json()
        assert (corrected["text"], corrected["source_summary"]) == (
            "It began on Monday",
            "names the beginning",
        )
        assert corrected["updated_at"] > fact["updated_at"]
        assert corrected["created_at"] == fact["created_at"]
        assert (await events.until("fact.updated")).data["fact"] == corrected
        answer = await delete(journey, fact)
        assert (answer.status_code, answer.content) == (204, b"")
        assert (await events.until("fact.deleted")).data["fact"]["id"] == fact["id"]
        assert [one["id"] for one in await facts(journey)] == [other["id"]]
        assert [one["id"] for one in await facts(journey, deleted=True)] == [fact["id"]]
        back = (await restore(journey, fact)).json()
        assert (back["id"], back["text"]) == (fact["id"], "It began on Monday")
        assert (await events.until("fact.created")).data["fact"] == back
    assert [one["id"] for one in await facts(journey)] == [other["id"], fact["id"]]
    assert await facts(journey, deleted=True) == []
    assert (await edit(journey, fact, summary="")).json()["source_summary"] is None


async def test_a_conclusion_of_the_pilot_that_is_doubted_says_so(desk: Desk, pilot: DirectedPilot) -> None:
    journey = await scripted(
        desk, pilot, "Noted." + "".join(promote(text, source="ai_synthesis") for text in ("one", "two"))
    )
    one, two = await facts(journey)
    assert (one["editable"], one["disputed"]) == (True, False)
    assert (await edit(journey, one, text="one and a half")).json()["disputed"] is True
    await delete(journey, two)
    assert [fact["disputed"] for fact in await facts(journey, deleted=True)] == [True]
    assert (await restore(journey, two)).json()["disputed"] is False


async def test_a_promoted_answer_is_a_fact_with_its_provenance(desk: Desk, pilot: DirectedPilot) -> None:
    journey, question, check = await asked(desk, pilot)
    items = [{"item_id": question["id"], "answer": "Only one user"}]
    said = (await journey.client.post(journey.path("/items"), json={"items": items})).json()
    await journey.settled()
    answer = await promote_fact(
        journey,
        source_type="question",
        source_ref=question["id"],
        raw_input="Only one user",
        proposed_summary="rules out the tenant",
    )
    assert answer.status_code == 201, answer.text
    fact = answer.json()
    assert fact["text"] == "“Who is affected?” was answered with: Only one user."
    assert (fact["source_type"], fact["source_ref"]) == ("question", question["id"])
    assert (fact["message_id"], fact["source_summary"]) == (said["message_id"], "rules out the tenant")
    assert (fact["editable"], fact["created_by"]) == (False, str(desk.tenant.user_id()))
    lane = {item["id"]: item for item in (await journey.detail())["lane"]}
    assert lane[question["id"]]["promoted_fact_id"] == fact["id"]
    assert lane[check["id"]]["promoted_fact_id"] is None
    as_written = await promote_fact(
        journey,
        source_type="diagnostic_check",
        source_ref=check["id"],
        proposed_text="The spooler was stopped",
    )
    assert as_written.json()["text"] == "The spooler was stopped"
    assert as_written.json()["source_summary"] is None


async def test_a_promotion_is_made_once(desk: Desk, pilot: DirectedPilot) -> None:
    journey, _, _ = await asked(desk, pilot)
    headers = {"Idempotency-Key": f"key-{uuid4()}"}
    body = {"source_type": "ai_synthesis", "raw_input": "It began on Monday"}
    answers = [
        await journey.client.post(journey.path("/facts/promote"), json=body, headers=headers)
        for _ in range(3)
    ]
    assert [answer.status_code for answer in answers] == [201] * 3
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(await facts(journey)) == 1
    other = body | {"raw_input": "It began on Tuesday"}
    answer = await journey.client.post(journey.path("/facts/promote"), json=other, headers=headers)
    assert_problem(answer, 422, "idempotency_key_reused")


async def test_corrections_and_deletions_are_made_once(desk: Desk, pilot: DirectedPilot) -> None:
    journey, _, _ = await asked(desk, pilot)
    fact = await add(journey, "The light is of")
    version = (await journey.detail())["session"]["state_version"]
    for method, path, body, status in (
        ("PATCH", f"/facts/{fact['id']}", {"text": "The light is off"}, 200),
        ("DELETE", f"/facts/{fact['id']}", None, 204),
        ("POST", f"/facts/{fact['id']}/restore", None, 200),
    ):
        headers = {"Idempotency-Key": f"key-{uuid4()}"}
        answers = [
            await journey.client.request(method, journey.path(path), json=body, headers=headers)
            for _ in range(2)
        ]
        assert [answer.status_code for answer in answers] == [status] * 2
        assert answers[0].content == answers[1].content
    assert (await journey.detail())["session"]["state_version"] == version + 3


async def test_every_refusal_of_a_correction_or_deletion(desk: Desk, pilot: DirectedPilot) -> None:
    journey = await scripted(desk, pilot, "Noted." + promote("The light is on"))
    [read_only] = await facts(journey)
    fact, gone, nobody = await add(journey, "A note"), await add(journey, "Gone"), {"id": str(uuid4())}
    await delete(journey, gone)
    await add(journey, "gone")
    before = await journey.detail()
    assert_problem(await edit(journey, fact), 400, "nothing_to_change")
    assert_problem(await edit(journey, fact, text=None, summary=None), 400, "nothing_to_change")
    refused = assert_problem(await edit(journey, read_only, text="Off"), 403, "fact_read_only")
    assert "answered question" in refused["detail"]
    for missing in (gone, nobody):
        assert_problem(await edit(journey, missing, text="x"), 404, "fact_not_found")
        assert_problem(await delete(journey, missing), 404, "fact_not_found")
    assert_problem(await edit(journey, fact, text="the LIGHT is on"), 409, "fact_duplicate")
    assert_problem(await restore(journey, fact), 409, "fact_not_deleted")
    assert_problem(await restore(journey, gone), 409, "fact_duplicate")
    assert_problem(await restore(journey, nobody), 404, "fact_not_found")
    for body in (
        {"text": " "},
        {"text": "x" * 2_001},
        {"summary": "x" * 201},
        {"text": "a\x00"},
        {"txt": "a"},
    ):
        assert_problem(await edit(journey, fact, **body), 422, "validation_failed")
    not_an_id = await journey.client.delete(journey.path("/facts/seven"))
    assert_problem(not_an_id, 422, "validation_failed")
    assert await journey.detail() == before


async def test_every_refusal_of_a_promotion(desk: Desk, pilot: DirectedPilot) -> None:
    journey, question, check = await asked(desk, pilot)
    await add(journey, "The light is off")
    await add(journey, "The light is off.")
    before = await journey.detail()
    refusals: list[tuple[Json, int, str]] = [
        ({}, 400, "promotion_text_ambiguous"),
        ({"proposed_text": "It was", "raw_input": "it was"}, 400, "promotion_text_ambiguous"),
        ({"source_type": "user_note", "proposed_text": "It was"}, 400, "promotion_source_invalid"),
        ({"source_ref": question["id"], "proposed_text": "It was"}, 400, "source_ref_not_allowed"),
        (
            {"source_type": "question", "source_ref": check["id"], "raw_input": "x"},
            400,
            "source_ref_mismatch",
        ),
        ({"source_type": "question", "source_ref": str(uuid4()), "raw_input": "x"}, 404, "item_not_found"),
        (
            {"source_type": "question", "source_ref": str(uuid4()), "proposed_text": "x"},
            404,
            "item_not_found",
        ),
        ({"proposed_text": " the LIGHT  is off"}, 409, "fact_duplicate"),
        ({"raw_input": "the light is\noff"}, 409, "fact_duplicate"),
        *(
            ({"raw_input": said}, 422, "nothing_substantive")
            for said in ("", " ", "n/a", "I don't know", "?", "Which one?")
        ),
        ({"proposed_text": "n/a"}, 422, "nothing_substantive"),
        (
            {"source_type": "diagnostic_check", "source_ref": check["id"], "raw_input": "Access is denied."},
            422,
            "nothing_substantive",
        ),
        ({"proposed_text": ""}, 422, "validation_failed"),
        ({"proposed_text": "x" * 2_001}, 422, "validation_failed"),
        ({"raw_input": "x" * 10_001}, 422, "validation_failed"),
        ({"proposed_text": "x", "proposed_summary": "x" * 201}, 422, "validation_failed"),
        ({"source_type": "rumour", "proposed_text": "x"}, 422, "validation_failed"),
    ]
    for body, status, code in refusals:
        assert_problem(await promote_fact(journey, **body), status, code)
    assert await journey.detail() == before


@pytest.mark.parametrize("deleted", ["maybe", "2"])
async def test_a_list_of_facts_refuses_a_query_it_does_not_know(
    desk: Desk, pilot: DirectedPilot, deleted: str
) -> None:
    journey, _, _ = await asked(desk, pilot)
    answer = await journey.client.get(journey.path("/facts"), params={"deleted": deleted})
    assert_problem(answer, 422, "validation_failed")


async def test_a_closed_session_keeps_its_facts_as_they_are(desk: Desk, pilot: DirectedPilot) -> None:
    journey, _, _ = await asked(desk, pilot)
    fact, gone = await add(journey, "A note"), await add(journey, "Gone")
    await delete(journey, gone)
    await journey.client.post(journey.path("/abandon"))
    before = await journey.detail()
    for answer in (
        await edit(journey, fact, text="Another"),
        await delete(journey, fact),
        await restore(journey, gone),
        await promote_fact(journey, raw_input="It began on Monday"),
    ):
        assert_problem(answer, 409, "session_closed")
    assert [one["id"] for one in await facts(journey, deleted=True)] == [gone["id"]], "reading goes on"
    assert await journey.detail() == before


async def test_a_fact_of_another_session_is_not_found_here(desk: Desk, pilot: DirectedPilot) -> None:
    journey, _, _ = await asked(desk, pilot)
    other, question, _ = await asked(desk, pilot)
    foreign = await add(other, "A note of the other session")
    assert_problem(await edit(journey, foreign, text="x"), 404, "fact_not_found")
    assert_problem(await delete(journey, foreign), 404, "fact_not_found")
    assert_problem(await restore(journey, foreign), 404, "fact_not_found")
    answer = await promote_fact(
        journey, source_type="question", source_ref=question["id"], proposed_text="It was"
    )
    assert_problem(answer, 404, "item_not_found")
