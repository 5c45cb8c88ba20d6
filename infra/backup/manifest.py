"""What an archive says of itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field, SecretStr

from infra.secret_box import derive_key

FORMAT: Final = 1
"""Grows when an older version of this code could no longer restore what a newer one writes."""

_KEY_IDS = "backup-key-ids"


TableName = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]*$")]


class FormatOnly(BaseModel):
    """Read first: the rest of another format may look otherwise."""

    format: int


class Member(BaseModel):
    """One file of the archive."""

    size: int
    sha256: str


class Manifest(FormatOnly):
    """The last file of an archive: one that was cut off has none."""

    format: Literal[1] = FORMAT
    application_version: str
    created_at: datetime
    revision: str
    """Of the database's schema."""
    key_ids: tuple[str, ...]
    """Which secret keys were configured, newest first. Never the keys."""
    tables: dict[TableName, int]
    """Rows by table, as of the moment of the snapshot."""
    members: dict[str, Member]
    missing: tuple[str, ...] = ()
    """Files that sessions of the snapshot have and the store had not."""

    @property
    def objects(self) -> int:
        """How many files of the object store it holds."""
        return len(self.members) - 1


def key_id(key: SecretStr) -> str:
    """Names a secret key without telling anything of it: 12 hexadecimal digits."""
    return derive_key(key.get_secret_value(), _KEY_IDS).hex()[:12]


def key_ids(keys: Sequence[SecretStr]) -> tuple[str, ...]:
    """The ids of all keys, in their order."""
    return tuple(key_id(key) for key in keys)
