"""A server that has lost its data learns the search attributes again while its workers live."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest
from google.protobuf.duration_pb2 import Duration
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest, RemoveSearchAttributesRequest
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from infra.temporal.search_attributes import keep_search_attributes
from tests.conftest import TemporalServer
from tests.support.waiting import until
from workflows.search_attributes import ALL_KEYS

NAMES = [key.name for key in ALL_KEYS]
SOON = timedelta(milliseconds=50)


@pytest.fixture
async def in_a_namespace_to_come(temporal: TemporalServer) -> AsyncIterator[Client]:
    """A client of a namespace that is not there yet, with a worker's keeper of search attributes at work."""
    client = await Client.connect(temporal.address, namespace=f"lost-{uuid4().hex}")
    keeping = asyncio.create_task(keep_search_attributes(client, NAMES, every=SOON))
    yield client
    assert not keeping.done(), keeping
    keeping.cancel()


async def test_search_attributes_come_with_the_namespace_and_come_back_when_they_are_lost(
    in_a_namespace_to_come: Client,
) -> None:
    client = in_a_namespace_to_come
    namespace = client.namespace

    async def registered() -> bool:
        try:
            listed = await client.operator_service.list_search_attributes(
                ListSearchAttributesRequest(namespace=namespace)
            )
        except RPCError:
            return False
        return set(NAMES) <= listed.custom_attributes.keys()

    assert not await registered()
    await client.workflow_service.register_namespace(
        RegisterNamespaceRequest(
            namespace=namespace, workflow_execution_retention_period=Duration(seconds=86400)
        )
    )
    await until(registered, within=60, what="search attributes in a new namespace")
    await client.operator_service.remove_search_attributes(
        RemoveSearchAttributesRequest(namespace=namespace, search_attributes=NAMES)
    )
    await until(registered, within=60, what="search attributes that were lost")
