"""The Temporal client, configured by the SDK's own environment variables (TEMPORAL_ADDRESS and the like)."""

from __future__ import annotations

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter
from temporalio.envconfig import ClientConfig

DEFAULT_ADDRESS = "127.0.0.1:7233"


def data_converter() -> DataConverter:
    """How payloads look; the same for every process and for the replay of stored histories."""
    return pydantic_data_converter


async def connect(*, lazy: bool = False) -> Client:
    """Connect. A lazy client connects with its first call, so that a process can start before Temporal does."""
    config = ClientConfig.load_client_connect_config()
    config.setdefault("target_host", DEFAULT_ADDRESS)
    return await Client.connect(**config, data_converter=data_converter(), lazy=lazy)
