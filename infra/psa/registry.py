"""The open PSA clients of a process: one per connection and credentials, never shared between connections."""

from __future__ import annotations

import asyncio
from uuid import UUID

from domain.psa import PsaProvider
from infra.psa.config import PsaConnectionConfig
from infra.psa.connectwise.provider import ConnectWiseProvider

__all__ = ["PsaConnectionConfig", "PsaRegistry"]


class PsaRegistry:
    """`get` hands out the provider of a connection; changed credentials get a new one and retire the old.

    A retired provider closes when its requests under way have ended.
    """

    def __init__(self) -> None:
        self._open: dict[UUID, tuple[str, PsaProvider]] = {}
        self._closing: set[asyncio.Task[None]] = set()

    async def get(self, connection: PsaConnectionConfig) -> PsaProvider:
        """Makes no request. Raises PsaHostRefused for a host that is not a usable address."""
        fingerprint = connection.fingerprint()
        known = self._open.get(connection.connection_id)
        if known is not None and known[0] == fingerprint:
            return known[1]
        provider = ConnectWiseProvider(connection)
        self._open[connection.connection_id] = (fingerprint, provider)
        if known is not None:
            self._retire(known[1])
        return provider

    async def forget(self, connection_id: UUID) -> None:
        """For a connection that was deleted or switched off."""
        known = self._open.pop(connection_id, None)
        if known is not None:
            self._retire(known[1])

    async def aclose(self) -> None:
        """Close everything, waiting for requests under way."""
        for _, provider in self._open.values():
            self._retire(provider)
        self._open.clear()
        await asyncio.gather(*self._closing)

    def _retire(self, provider: PsaProvider) -> None:
        task = asyncio.create_task(provider.aclose())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
