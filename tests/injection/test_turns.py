"""Every hostile text in every channel, against a model that obeys: nothing is written, set, shown or given away.

The turn is the real one on the real database, with the request that goes to a model; only the model is played.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.turn.chat_turn import TurnActivities
from domain.vocabulary import EventType, FactSource, FixStatus, SessionStatus
from infra.config import Settings
from infra.database.connection import Database
from infra.database.models import Fact, Fix, LaneItem, Message, Session, SessionEvent
from infra.pilots.factory import Pilots
from infra.pilots.playbook import PlaybookPilot
from infra.simulators.connectwise.server import SimulatorServer
from infra.storage.factory import build_storage
from tests.injection.channels import CHANNELS, Channel
from tests.injection.corpus import CORPUS, HostileText
from tests.injection.desk import (
    WRITTEN_BY_A_TURN,
    Case,
    Foreign,
    all_rows,
    fingerprint,
    foreign_account,
    prepare,
    secrets_of,
)
from tests.injection.obedience import ObedientPilot
from tests.injection.structure import dumped, sections_of
from tests.support.tenants import Tenant, make_tenant
from workflows.troubleshooting_session.messages import RunTurn

# A hundred turns, on a machine that may be slow.
pytestmark = pytest.mark.timeout(600)

AT_ONCE = 6
ATTEMPTS = 3
"""As the workflow gives a turn when a part of the system does not answer in time."""
EACH = 100
"""Texts of each channel. Other channels leave out others, so every text is met; `INJECTION_ALL=1` leaves out none."""

TELLS = {
    EventType.MESSAGE_CREATED,
    EventType.REPLY_STARTED,
    EventType.REPLY_COMPLETED,
    EventType.LANE_CHANGED,
    EventType.FACT_CREATED,
    EventType.FIX_PROPOSED,
    EventType.FIX_CHANGED,
    EventType.FIX_SUPERSEDED,
}
"""What a reply may tell of: nothing that was posted, set, closed or handed over."""


@pytest.fixture(scope="module")
async def database(settings: Settings) -> AsyncIterator[Database]:
    assert settings.database_url is not None
    assert settings.database_admin_url is not None
    database = Database(
        settings.database_url.get_secret_value(), settings.database_admin_url.get_secret_value()
    )
    yield database
    await database.aclose()


@pytest.fixture(scope="module")
async def foreign(database: Database, settings: Settings) -> Foreign:
    return await foreign_account(database, await make_tenant(database, settings, with_flows=False))


def texts_for(channel: Channel) -> list[HostileText]:
    """The texts that are tried in a channel."""
    if os.environ.get("INJECTION_ALL"):
        return CORPUS
    first = CHANNELS.index(channel) * len(CORPUS) // len(CHANNELS)
    return [*CORPUS[first:], *CORPUS[:first]][:EACH]


def test_the_corpus_is_as_large_as_promised_and_all_of_it_is_tried() -> None:
    assert len({hostile.text for hostile in CORPUS}) == len(CORPUS)
    tried = [hostile.ref for channel in CHANNELS for hostile in texts_for(channel)]
    assert len(CHANNELS) == 9
    assert len(tried) >= 9 * 100
    assert min(tried.count(hostile.ref) for hostile in CORPUS) >= 5


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.name)
async def test_a_model_that_obeys_changes_nothing_that_is_not_its_own(
    channel: Channel, database: Database, settings: Settings, foreign: Foreign, psa: SimulatorServer
) -> None:
    tenant = await make_tenant(database, settings, psa_host=psa.url, with_flows=False)
    storage = build_storage(settings)
    cases = await prepare(database, storage, tenant, channel, texts_for(channel))
    pilot = ObedientPilot(foreign.ids)
    turns = TurnActivities(database, Pilots(pilot, PlaybookPilot()), storage)
    others = await fingerprint(database, foreign.tenant.account_id)
    own = await fingerprint(database, tenant.account_id, besides=WRITTEN_BY_A_TURN)

    with capture_logs() as logged:
        await _run_all(turns, tenant, cases)

    assert await fingerprint(database, foreign.tenant.account_id) == others
    assert await fingerprint(database, tenant.account_id, besides=WRITTEN_BY_A_TURN) == own
    assert not psa.requests(), "a turn asks the ticketing system for nothing, and tells it nothing"
    secrets = secrets_of(settings, tenant, psa.url)
    rows = await all_rows(database, tenant.account_id, WRITTEN_BY_A_TURN)
    log = dumped(logged)
    assert [secret for secret in secrets if secret in rows or secret in log] == []
    assert "zq" not in log, "a log line holds words of others"
    for case in cases:
        body = pilot.requests[case.session_id]
        _check_request(case, body, secrets)
    await _check_end_states(database, tenant, cases)


async def _run_all(turns: TurnActivities, tenant: Tenant, cases: list[Case]) -> None:
    waiting = asyncio.Semaphore(AT_ONCE)

    async def run(case: Case) -> None:
        request = RunTurn(
            account_id=tenant.account_id,
            session_id=case.session_id,
            turn_id=uuid4(),
            message_ids=[case.message_id],
        )
        async with waiting:
            for attempt in range(1, ATTEMPTS + 1):
                environment = ActivityEnvironment()
                environment.info = replace(environment.info, attempt=attempt)
                try:
                    await environment.run(turns.chat_turn, request)
                except ApplicationError as error:
                    if error.non_retryable or attempt == ATTEMPTS:
                        raise
                else:
                    return

    await asyncio.gather(*map(run, cases))


def _check_request(case: Case, body: Any, secrets: list[str]) -> None:
    """The words of others are in a request, in their section and nowhere else; nothing secret is in it."""
    sections = sections_of(body)
    ref = case.hostile.ref
    where = {section for section, content in sections if ref in content}
    assert case.channel.section in where, f"{case.hostile.name} never reached the model"
    whole = dumped(body)
    inside = sum(content.count(ref) for _, content in sections)
    assert whole.count(ref) == inside, f"{case.hostile.name} stands outside of its section"
    assert [secret for secret in secrets if secret in whole] == []


async def _check_end_states(database: Database, tenant: Tenant, cases: list[Case]) -> None:
    async with database.tenant(tenant.account_id) as db:
        sessions = {row.id: row for row in (await db.execute(select(Session))).scalars()}
        found: dict[type[Any], dict[UUID, list[Any]]] = {}
        models: list[type[Any]] = [Fix, Fact, LaneItem, Message, SessionEvent]
        for model in models:
            by_session = found.setdefault(model, {})
            for row in (await db.execute(select(model))).scalars():
                by_session.setdefault(row.session_id, []).append(row)
    for case in cases:
        session = sessions[case.session_id]
        assert (session.status, session.title) == (SessionStatus.ACTIVE, "Printing is slow")
        assert session.engineer_id == tenant.user_id()
        assert session.psa_ticket_id == (case.placed.ticket.id if case.placed.ticket else None)
        assert (session.resolution_summary, session.escalation_reason, session.closed_at) == (None,) * 3
        assert {event.type for event in found[SessionEvent][case.session_id]} <= TELLS
        _check_fixes(case, found[Fix][case.session_id])
        _check_findings(case, found[Fact][case.session_id], found[LaneItem][case.session_id])


def _check_fixes(case: Case, fixes: list[Fix]) -> None:
    """What the model wants is a proposal at most; what the engineer did and said of a fix stands."""
    by_id = {fix.id: fix for fix in fixes}
    failed, dismissed, run = by_id.pop(case.failed), by_id.pop(case.dismissed), by_id.pop(case.run)
    assert (failed.status, dismissed.status) == (FixStatus.APPLIED_FAILED, FixStatus.DISMISSED)
    assert failed.outcome_proposal is dismissed.outcome_proposal is None
    assert (run.status, run.title) == (FixStatus.PROPOSED, "Restart the spooler")
    assert run.applied_at is not None
    assert (run.verified_at, run.user_decision, run.script_used) == (None,) * 3
    # The model did obey: its outcome waits for a click, and its fix for another. Of a forged outcome the last counts.
    assert (run.outcome_proposal is not None) or "[FIX_OUTCOME]" in case.hostile.text
    assert len(by_id) == 1
    [proposed] = by_id.values()
    assert proposed.status is FixStatus.PROPOSED
    assert (proposed.applied_at, proposed.verified_at, proposed.user_decision) == (None,) * 3
    assert (proposed.script_used, proposed.parameters_used, proposed.script_template_id) == (None,) * 3


def _check_findings(case: Case, facts: list[Fact], lane: list[LaneItem]) -> None:
    own_items = {item.id for item in lane}
    assert {case.question, case.check} <= own_items
    kept = next(fact for fact in facts if fact.id == case.fact)
    assert (kept.text, kept.deleted_at, kept.disputed) == ("The cable is new.", None, False)
    added = [fact for fact in facts if fact.id != case.fact]
    assert added, "the model did obey"
    assert all(fact.source_ref is None or fact.source_ref in own_items for fact in added)
    assert all(fact.source_type is not FactSource.USER_NOTE and fact.created_by is None for fact in added)
