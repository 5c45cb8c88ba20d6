"""Registering the search attributes that the workflows set."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

logger = structlog.get_logger()

EVERY = timedelta(seconds=5)


async def register_search_attributes(client: Client, names: Sequence[str]) -> list[str]:
    """Register missing keyword attributes in the client's namespace; answers the names that were added."""
    operator = client.operator_service
    listed = await operator.list_search_attributes(ListSearchAttributesRequest(namespace=client.namespace))
    missing = [name for name in names if name not in listed.custom_attributes]
    if not missing:
        return []
    try:
        await operator.add_search_attributes(
            AddSearchAttributesRequest(
                namespace=client.namespace,
                search_attributes=dict.fromkeys(missing, IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD),
            )
        )
    except RPCError as error:
        # Another worker that starts at the same time was quicker.
        if error.status is not RPCStatusCode.ALREADY_EXISTS:
            raise
        return []
    return missing


async def keep_search_attributes(client: Client, names: Sequence[str], *, every: timedelta = EVERY) -> None:
    """Look again and again, until cancelled, whether they are registered, and register what is missing.

    A server that has lost its data comes back without them, and refuses every session that is started with them.
    """
    while True:
        try:
            if added := await register_search_attributes(client, names):
                logger.info("worker.search_attributes_registered", names=added)
        except RPCError as error:
            status = error.status.name if error.status else "unknown"
            logger.warning("worker.search_attributes_not_kept", status=status)
        await asyncio.sleep(every.total_seconds())
