"""Two accounts at work: over no route of the document does one reach, change or learn anything of the other.

The routes and the places where an id can stand are read from the OpenAPI document: a new one takes part by itself,
and one that cannot be tried without help fails until it has got it in one of the tables below.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import httpx
import pytest

from api.openapi import document
from domain.vocabulary import AccountRole
from infra.simulators.connectwise.server import SimulatorServer
from tests.support.application import Application
from tests.support.furnished import Furnished, furnish
from tests.support.pilots import DirectedPilot
from tests.support.streams import event_stream

Json = dict[str, Any]

DOCUMENT: Json = json.loads(json.dumps(document()))

NOT_OURS = {
    ("getTicket", "ticket_id"): "a number of the ticketing system, looked up in the caller's own connection",
    ("readSharedSession", "token"): "whoever has a link may read what it shows; see the tests of share links",
}
"""Places that take an id which does not name a row of an account, each with the reason."""

SAME_NAME = {
    "upload_ids": "upload_id",
    "psa_connection_id": "connection_id",
    "source_ref": "item_id",
}
"""What a field of a body or query names, where it is not called as in a path."""

BODIES: dict[str, Json] = {
    "startSession": {
        "text": "New",
        "upload_ids": ["{upload_id}"],
        "psa_ticket_id": "48231",
        "psa_connection_id": "{connection_id}",
    },
    "sendMessage": {"text": "Hello", "upload_ids": ["{upload_id}"]},
    "chat": {"text": "Hello", "upload_ids": ["{upload_id}"]},
    "answerItems": {"items": [{"item_id": "{item_id}", "answer": "Yes"}]},
    "addFact": {"text": "A fact"},
    "editFact": {"text": "Another fact"},
    "promoteFact": {"source_type": "question", "source_ref": "{item_id}", "proposed_text": "It is so"},
    "setFixOutcome": {"outcome": "applied_partial", "notes": "Half of it"},
    "decideFix": {"decision": "build_template"},
    "attachScript": {"ai_drafted_script": "Get-Service"},
    "postResolutionNote": {"markdown": "## Problem\n\nGone."},
    "postEscalationPackage": {"markdown": "## Problem\n\nStill there.", "fix_never_applied": True},
    "shareUpdate": {"markdown": "We look into it", "audience": "internal"},
    "linkTicket": {"psa_ticket_id": "48231", "psa_connection_id": "{connection_id}"},
    "createSpinOffTicket": {"summary": "Another problem", "psa_connection_id": "{connection_id}"},
    "createShareLink": {},
    "changeMember": {"is_active": True},
}
"""A body that is accepted, for every operation that takes an id and a body; ids stand in braces."""

REFUSED_OTHERWISE = {("getUploadContent", "upload_id"): (403, "signature_invalid")}
"""Foreign ids that are refused before anything is looked up: the signature of an address is for one upload."""

WIDEST = {"listSessions": {"scope": "team"}}
"""What a list is asked for so that it shows all it can."""

LAST = (
    "retryWriteback",
    "stopReply",
    "retryReply",
    "pauseSession",
    "resumeSession",
    "deleteFact",
    "restoreFact",
    "revokeShareLink",
    "deleteUpload",
    "postEscalationPackage",
    "pickUpSession",
    "postResolutionNote",
    "reopenSession",
    "abandonSession",
    "deactivateConnection",
    "endLoginSession",
    "endMemberLoginSessions",
)
"""Own requests in this order after all others, because of what they leave behind."""


@dataclass(frozen=True)
class Operation:
    """One operation of the document."""

    id: str
    method: str
    path: str
    document: Json

    @property
    def changes(self) -> bool:
        return self.method != "GET"

    def places(self) -> Iterator[Place]:
        """Where ids stand: in the path all of them, in query and body those that are declared as ids."""
        for parameter in self.document.get("parameters", []):
            if parameter["in"] == "path" or (parameter["in"] == "query" and _is_id(parameter["schema"])):
                yield Place(self, parameter["in"], parameter["name"])
        content = self.document.get("requestBody", {}).get("content", {})
        for media in content.values():
            for name in sorted(_id_fields(media["schema"])):
                yield Place(self, "body", name)

    def request(self, party: Furnished, **other: str) -> Request:
        """A request of the party with its own ids, but for those that are named."""
        ids = party.ids | other
        query = {}
        for parameter in self.document.get("parameters", []):
            if parameter["in"] == "query" and _is_id(parameter["schema"]):
                query[parameter["name"]] = ids[_named(parameter["name"])]
        if self.id == "getUploadContent":
            query |= party.content_query
        body = json.loads(_filled(json.dumps(BODIES[self.id]), ids)) if self.id in BODIES else None
        return Request(self.method, _filled(self.path, ids), query, body)


class Place(NamedTuple):
    """A place of a request where an id stands."""

    operation: Operation
    where: str
    name: str

    @property
    def told(self) -> str:
        return f"{self.operation.id}: {self.name} in the {self.where}"


class Request(NamedTuple):
    method: str
    path: str
    query: dict[str, str]
    body: Json | None

    async def send(self, client: httpx.AsyncClient, url: str) -> httpx.Response:
        return await client.request(self.method, f"{url}{self.path}", params=self.query, json=self.body)


def _named(name: str) -> str:
    return SAME_NAME.get(name, name)


def _filled(text: str, ids: dict[str, str]) -> str:
    for name, value in ids.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _resolved(schema: Json) -> Json:
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def _is_id(schema: Json) -> bool:
    schema = _resolved(schema)
    options = [*schema.get("anyOf", []), *schema.get("oneOf", []), *schema.get("allOf", [])]
    if schema.get("type") == "array":
        options.append(schema["items"])
    return schema.get("format") == "uuid" or any(_is_id(one) for one in options)


def _id_fields(schema: Json, within: tuple[str, ...] = ()) -> set[str]:
    """Names of the fields of a body that hold ids, however deep."""
    if schema.get("$ref") in within:
        return set()
    within = (*within, schema["$ref"]) if "$ref" in schema else within
    schema = _resolved(schema)
    properties = schema.get("properties", {})
    found = {name for name, field in properties.items() if _is_id(field)}
    inner = [
        *properties.values(),
        *schema.get("anyOf", []),
        *(schema[key] for key in ("items",) if key in schema),
    ]
    return found.union(*(_id_fields(one, within) for one in inner))


OPERATIONS = [
    Operation(operation["operationId"], method.upper(), path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
PLACES = [place for operation in OPERATIONS for place in operation.places()]
TRIED = [place for place in PLACES if (place.operation.id, place.name) not in NOT_OURS]


class Two(NamedTuple):
    ours: Furnished
    theirs: Furnished
    psa_of_theirs: SimulatorServer


@pytest.fixture(scope="module")
async def two(application: Application, pilot: DirectedPilot) -> AsyncIterator[Two]:
    """Two furnished accounts, each with a ticketing system of its own."""
    async with SimulatorServer() as our_psa, SimulatorServer() as their_psa:
        ours = await application.tenant(psa_host=our_psa.url)
        theirs = await application.tenant(psa_host=their_psa.url)
        async with (
            application.sign_in(ours, AccountRole.OWNER) as our_client,
            application.sign_in(theirs, AccountRole.OWNER) as their_client,
        ):
            yield Two(
                await furnish(application, ours, our_client, pilot),
                await furnish(application, theirs, their_client, pilot),
                their_psa,
            )


def test_every_place_for_an_id_can_be_tried() -> None:
    assert {(place.operation.id, place.name) for place in PLACES} >= set(NOT_OURS), (
        "an exception is out of date"
    )
    assert {operation.id for operation in OPERATIONS} >= set(BODIES) | set(LAST)
    for place in TRIED:
        if place.where == "body":
            assert f"{{{_named(place.name)}}}" in json.dumps(BODIES.get(place.operation.id)), (
                f"{place.told}: say in BODIES which body holds it"
            )
    for operation in {place.operation.id: place.operation for place in TRIED}.values():
        body = operation.document.get("requestBody")
        assert body is None or operation.id in BODIES or "required" not in body, (
            f"{operation.id} has no body to send"
        )
    assert len(TRIED) > 50


async def test_an_id_of_another_account_is_not_found_in_any_place_and_changes_nothing(two: Two) -> None:
    ours, theirs = two.ours, two.theirs
    secrets = (await theirs.all_ids()) | {theirs.mark, theirs.ids["token"]}
    before = await theirs.rows()
    assert all(count for count, _ in before.values()), "a table without a row of theirs proves nothing"
    history = await _history_length(theirs)
    two.psa_of_theirs.forget_requests()
    for place in TRIED:
        name = _named(place.name)
        request = place.operation.request(ours, **{name: theirs.ids[name]})
        answer = await request.send(ours.client, ours.application.url)
        wanted = REFUSED_OTHERWISE.get((place.operation.id, place.name))
        if wanted is None:
            assert answer.status_code == 404, f"{place.told}: {answer.status_code} {answer.text}"
        else:
            assert (answer.status_code, answer.json()["code"]) == wanted, f"{place.told}: {answer.text}"
        learned = {one for one in secrets if one in answer.text} - {theirs.ids[name]}
        assert not learned, f"{place.told} tells {learned}"
        assert await theirs.rows() == before, f"{place.told} changes rows of the other account"
    assert await _history_length(theirs) == history, "a workflow of the other account was told something"
    assert two.psa_of_theirs.requests() == [], "the ticketing system of the other account was asked"


async def test_no_list_and_no_answer_of_ones_own_holds_anything_of_another_account(two: Two) -> None:
    ours, theirs = two.ours, two.theirs
    secrets = (await theirs.all_ids()) | {theirs.mark, theirs.ids["token"]}
    before = await theirs.rows()
    for operation in OPERATIONS:
        if operation.changes or operation.id == "streamSession":
            continue
        request = operation.request(ours)
        request.query.update(WIDEST.get(operation.id, {}))
        answer = await request.send(ours.client, ours.application.url)
        assert answer.status_code == 200, f"{operation.id}: {answer.text}"
        assert not {one for one in secrets if one in answer.text}, operation.id
        if "cursor" in {one["name"] for one in operation.document.get("parameters", [])}:
            # Where a list of theirs goes on, one of ours does not begin.
            page = operation.request(theirs)
            page.query.update(WIDEST.get(operation.id, {}), limit="1")
            told = (await page.send(theirs.client, theirs.application.url)).json()
            request.query["cursor"] = told["next_cursor"] or ""
            answer = await request.send(ours.client, ours.application.url)
            assert answer.status_code in (200, 422), f"{operation.id}: {answer.text}"
            assert not {one for one in secrets if one in answer.text}, operation.id
    assert await theirs.rows() == before


async def test_whoever_may_only_read_changes_nothing_with_the_true_ids(two: Two) -> None:
    theirs = two.theirs
    before, history = await theirs.rows(), await _history_length(theirs)
    async with theirs.application.sign_in(theirs.tenant, AccountRole.VIEWER) as viewer:
        # Signing in leaves a token.
        before = await theirs.rows()
        for operation in OPERATIONS:
            if operation.changes and not operation.path.startswith("/api/v1/auth/"):
                answer = await operation.request(theirs).send(viewer, theirs.application.url)
                assert answer.status_code == 403, f"{operation.id}: {answer.status_code} {answer.text}"
                assert await theirs.rows() == before, f"a viewer changes rows with {operation.id}"
    assert await _history_length(theirs) == history


async def test_the_same_requests_are_taken_from_the_account_itself(two: Two) -> None:
    # What was not found above was refused because of whose it is, not because the request was wrong.
    theirs = two.theirs
    operations = {place.operation.id: place.operation for place in TRIED}
    order = [one for one in operations if not operations[one].changes]
    order += [one for one in operations if operations[one].changes and one not in LAST]
    order += [one for one in LAST if one in operations]
    assert sorted(order) == sorted(operations)
    for name in order:
        operation = operations[name]
        if name == "streamSession":
            async with event_stream(theirs.client, theirs.journey.id, after=0) as stream:
                assert await stream.next() is not None
            continue
        answer = await operation.request(theirs).send(theirs.client, theirs.application.url)
        assert answer.is_success or answer.status_code == 409, f"{name}: {answer.status_code} {answer.text}"
        if name != LAST[-1]:  # after which the account's owner is signed out
            await theirs.journey.settled()


async def _history_length(party: Furnished) -> int:
    described = await party.application.workflow(party.journey.id).describe()
    length: int = described.history_length
    return length
