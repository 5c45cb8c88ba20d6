"""Whatever is sent to a documented address, the answer is a documented one; it is never an error of ours.

Requests are made from the OpenAPI document: such as it allows, and such as it does not. Each operation that
changes something gets a session of its own with a fact, a fix and a lane, so that it spoils nothing for the next.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.openapi import document
from domain.vocabulary import AccountRole
from infra.simulators.connectwise.server import SimulatorServer
from tests.support.application import Application
from tests.support.journey import Journey
from tests.support.pilots import DirectedPilot
from tests.support.tenants import Tenant
from tests.support.uploads import upload

EXAMPLES = 6
"""Requests of each kind for every operation."""

DOCUMENT = json.loads(json.dumps(document()))
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)

ENDLESS = {"streamSession"}
"""Their answer has no end; what they refuse is tested with the event stream."""

LAST = "deactivateConnection"
"""After it the account has no ticketing system."""

OPERATIONS = [
    operation["operationId"]
    for path in DOCUMENT["paths"].values()
    for operation in path.values()
    if operation["operationId"] not in {*ENDLESS, LAST}
] + [LAST]
ADMINISTRATION = {"createConnection", "testConnection", "deactivateConnection", "putFlowpilotSettings"}

TRUE_FAILURES = {502, 503, 504}
"""Documented answers for something beyond us that is away. A 500 never is one."""

REPLY = """Two things would tell more.
[QUESTIONS][{"text": "Does webmail work?", "options": ["Yes", "No"]}][/QUESTIONS]
[ACTIONS][{"label": "List credentials", "command": "cmdkey /list"}][/ACTIONS]
[SUGGEST_FIX]{"title": "Clear credentials", "description": "Remove them.", "confidence": 80,
"ai_drafted_script": "cmdkey /delete:x"}[/SUGGEST_FIX]
[PROMOTE]{"source_type": "ai_synthesis", "text": "Only Outlook is affected."}[/PROMOTE]"""


@dataclass
class Office:
    """An account at work: who asks, and ids that are really there."""

    application: Application
    tenant: Tenant
    engineer: Any
    tokens: dict[bool, str]
    fixed: dict[str, str]
    read: dict[str, str] = field(default_factory=dict)
    """Path parameters of the session that is only read."""

    async def ids(self) -> dict[str, str]:
        """Path parameters of a new session."""
        journey = await Journey.start(self.engineer, text="fuzzed: Outlook asks for a password")
        linked = await self.engineer.post(journey.path("/ticket"), json={"psa_ticket_id": "48231"})
        assert linked.status_code == 200, linked.text
        detail = await journey.detail()
        link = await self.engineer.post(journey.path("/share-links"), json={})
        assert link.status_code == 201, link.text
        sent = await upload(self.engineer)
        return self.fixed | {
            "link_id": link.json()["id"],
            "token": link.json()["token"],
            "upload_id": sent["id"],
            "session_id": journey.id,
            "fact_id": detail["facts"][0]["id"],
            "fix_id": detail["active_fix"]["id"],
            "item_id": detail["lane"][0]["id"],
        }


@pytest.fixture(scope="module")
async def office(application: Application, pilot: DirectedPilot) -> AsyncIterator[Office]:
    pilot.direct("fuzzed:", REPLY)
    async with SimulatorServer() as psa:
        tenant = await application.tenant(psa_host=psa.url)
        async with (
            application.sign_in(tenant) as engineer,
            application.sign_in(tenant, AccountRole.ADMIN) as administrator,
        ):
            tokens = {
                is_admin: client.headers["Authorization"]
                for is_admin, client in ((False, engineer), (True, administrator))
            }
            fixed = {
                "connection_id": str(tenant.connection_id),
                "ticket_id": "48231",
            }
            office = Office(application, tenant, engineer, tokens, fixed)
            office.read = await office.ids()
            yield office


@pytest.mark.parametrize("operation_id", OPERATIONS)
async def test_every_request_is_answered_as_documented(office: Office, operation_id: str) -> None:
    operation = SCHEMA.find_operation_by_id(operation_id)
    changes = operation.method != "get" and "{" in operation.path
    ids = await office.ids() if changes else office.read
    headers = {"Authorization": office.tokens[operation_id in ADMINISTRATION]}
    # The application runs in this event loop: requests are sent from a thread.
    await asyncio.to_thread(_fuzz, office.application.url, operation_id, ids, headers)


def _fuzz(url: str, operation_id: str, ids: dict[str, str], headers: dict[str, str]) -> None:
    operation = SCHEMA.find_operation_by_id(operation_id)
    named = {name: value for name, value in ids.items() if f"{{{name}}}" in operation.path}
    session = requests.Session()

    def strategy(mode: GenerationMode, **known: Any) -> st.SearchStrategy[Any]:
        return operation.as_strategy(generation_mode=mode, **known)

    allowed = (
        strategy(GenerationMode.POSITIVE, path_parameters=named)
        if named
        else strategy(GenerationMode.POSITIVE)
    )
    for made in (allowed, strategy(GenerationMode.NEGATIVE)):

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=made)
        def send(case: Any) -> None:
            response = case.call(base_url=url, session=session, headers=headers, timeout=60)
            told = f"{operation.method.upper()} {response.request.url} {response.request.body!r}\n{response.text[:600]}"
            assert response.status_code != 500, told
            assert response.status_code < 500 or response.status_code in TRUE_FAILURES, told
            case.validate_response(
                response,
                checks=[status_code_conformance, content_type_conformance, response_schema_conformance],
            )

        try:
            send()
        except Unsatisfiable:
            # Nothing can be wrong about a request that takes nothing.
            assert made is not allowed
    session.close()
