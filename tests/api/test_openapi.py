"""The OpenAPI document: complete, because clients are generated from it."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from api.openapi import document
from api.problems import MEDIA_TYPE, TITLES
from tests.support.application import Application


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    return document()


def operations(openapi: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, methods in openapi["paths"].items()
        for method, operation in methods.items()
    ]


def test_every_operation_has_an_id_a_summary_and_one_tag(openapi: dict[str, Any]) -> None:
    ids = []
    for method, path, operation in operations(openapi):
        where = f"{method} {path}"
        assert operation.get("summary"), where
        assert operation.get("description"), where
        assert len(operation.get("tags", [])) == 1, where
        assert operation["operationId"].isidentifier(), where
        assert "_" not in operation["operationId"], where
        ids.append(operation["operationId"])
    assert len(ids) == len(set(ids))


def test_every_error_is_documented_as_problem_details(openapi: dict[str, Any]) -> None:
    for method, path, operation in operations(openapi):
        for status, response in operation["responses"].items():
            if int(status) < 400 or path == "/readyz":
                continue
            assert response["content"] == {
                MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}
            }, f"{method} {path} {status}"
            assert response["description"] == TITLES[int(status)]


def test_every_operation_documents_the_errors_its_parts_can_give(openapi: dict[str, Any]) -> None:
    for method, path, operation in operations(openapi):
        where = f"{method} {path}"
        documented = {int(status) for status in operation["responses"]}
        expected: set[int] = set()
        if path.startswith("/api/v1"):
            expected |= {503}
        if operation.get("security"):
            # One's own sign-in needs no permission.
            expected |= {401} if path.startswith("/api/v1/auth/") else {401, 403}
        if "{" in path:
            expected |= {404}
        if "requestBody" in operation or "{" in path:
            expected |= {422}
        body = operation.get("requestBody", {}).get("content", {})
        if body and operation.get("security"):
            expected |= {413}
        if "application/json" in body and operation.get("security"):
            expected |= {400}
        assert expected <= documented, f"{where} does not document {sorted(expected - documented)}"


def test_everything_but_signing_in_health_and_signed_addresses_says_that_it_needs_a_token(
    openapi: dict[str, Any],
) -> None:
    open_to_all = {
        operation["operationId"] for _, _, operation in operations(openapi) if not operation.get("security")
    }
    signing_in_and_health = {"login", "refresh", "logout", "register", "lookUpInvite", "healthz", "readyz"}
    # What is opened by its address alone: a read-only link, and the bytes behind a signed address.
    by_address = {"readSharedSession", "getUploadContent"}
    assert open_to_all == signing_in_and_health | by_address


def test_the_event_stream_is_documented_as_one(openapi: dict[str, Any]) -> None:
    answer = openapi["paths"]["/api/v1/ai-sessions/{session_id}/events"]["get"]["responses"]["200"]
    assert "text/event-stream" in answer["content"]


def test_commands_of_a_session_take_an_idempotency_key(openapi: dict[str, Any]) -> None:
    for method, path, operation in operations(openapi):
        if not path.startswith("/api/v1/ai-sessions") or method == "get" or "preview" in path:
            continue
        names = {parameter["name"] for parameter in operation.get("parameters", [])}
        assert "Idempotency-Key" in names, f"{method} {path}"


async def test_the_document_is_served_with_a_page_to_read_it(application: Application) -> None:
    async with httpx.AsyncClient(base_url=application.url) as client:
        served = await client.get("/api/openapi.json")
        assert served.json() == json.loads(json.dumps(document()))
        page = await client.get("/api/docs")
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/html")
