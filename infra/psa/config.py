"""What it takes to reach one PSA of one account."""

from __future__ import annotations

import hashlib
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class PsaConnectionConfig(BaseModel):
    """One connection with its decrypted credentials. Lives in memory only."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    connection_id: UUID
    kind: Literal["connectwise"] = "connectwise"
    host: str = Field(min_length=1)
    """Site of the PSA, with or without scheme; a path is ignored."""
    company_id: str = Field(min_length=1)
    """Login company from the sign-in form, not a record id."""
    public_key: SecretStr = Field(min_length=1)
    private_key: SecretStr = Field(min_length=1)
    client_id: SecretStr = Field(min_length=1)
    """Identifies the integration to the vendor."""
    allow_private: bool = False
    """Whether the host may resolve to a private or loopback address, and be spoken to over plain HTTP."""

    def fingerprint(self) -> str:
        """Changes with every value that matters to a client, so that a rotated key gets a new one."""
        parts = (
            self.kind,
            self.host,
            self.company_id,
            self.public_key.get_secret_value(),
            self.private_key.get_secret_value(),
            self.client_id.get_secret_value(),
            str(self.allow_private),
        )
        return hashlib.sha256("\x00".join(parts).encode()).hexdigest()
