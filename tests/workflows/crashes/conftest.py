"""Rehearsals are played once, whoever asks for them."""

from __future__ import annotations

import pytest
from temporalio.client import Client

from activities.turn import publisher
from tests.support.application import Application
from tests.support.tenants import Tenant
from tests.workflows.crashes.rehearsals import Rehearsals


@pytest.fixture
def every_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part of a reply is a transaction of its own, however quickly it comes."""
    monkeypatch.setattr(publisher, "FLUSH_INTERVAL", 0)


@pytest.fixture(scope="session")
async def rehearsals(application: Application, desk: Tenant, second_temporal: Client) -> Rehearsals:
    return Rehearsals(application, desk, second_temporal)
