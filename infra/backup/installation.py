"""What is backed up and restored into: a database, an object store, and the keys that open what is sealed in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from pydantic import SecretStr

from infra.storage.store import ObjectStore

Report = Callable[[str, str], None]
"""Tells the person what is being done: a short title and a sentence."""


@dataclass(frozen=True)
class Installation:
    """One running or empty ResolutionFlow. URLs are `postgresql+asyncpg://…`, of the owner and of the app role."""

    admin_url: str
    app_url: str
    storage: ObjectStore
    secret_keys: Sequence[SecretStr]


def application_version() -> str:
    """The installed version; empty where the code runs without having been installed."""
    try:
        return version("resolutionflow")
    except PackageNotFoundError:
        return ""
