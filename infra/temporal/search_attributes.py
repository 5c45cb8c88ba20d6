"""Registering the search attributes that the workflows set."""

from __future__ import annotations

from collections.abc import Iterable

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode


async def register_search_attributes(client: Client, names: Iterable[str]) -> list[str]:
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
