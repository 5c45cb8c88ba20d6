"""From a stored connection to a provider: credentials are opened here and nowhere else."""

from __future__ import annotations

from uuid import UUID

from pydantic import SecretStr

from domain.psa import PsaProvider
from infra.database.models import PsaConnection
from infra.psa.registry import PsaConnectionConfig, PsaRegistry
from infra.secret_box import SecretBox


class PsaConnections:
    """Providers by stored connection; one client per connection and credentials."""

    def __init__(self, registry: PsaRegistry, box: SecretBox, *, allow_private: bool) -> None:
        self._registry = registry
        self._box = box
        self._allow_private = allow_private

    async def provider(self, row: PsaConnection) -> PsaProvider:
        """The provider of a connection."""
        secrets = self._box.open(row.credentials)
        return await self._registry.get(
            PsaConnectionConfig(
                connection_id=row.id,
                kind="connectwise",
                host=row.host,
                company_id=row.company_id,
                public_key=SecretStr(secrets["public_key"]),
                private_key=SecretStr(secrets["private_key"]),
                client_id=SecretStr(secrets["client_id"]),
                allow_private=self._allow_private,
            )
        )

    async def forget(self, connection_id: UUID) -> None:
        """Close the client of a connection that was not stored or is not used any more."""
        await self._registry.forget(connection_id)

    async def aclose(self) -> None:
        """Close all clients."""
        await self._registry.aclose()
