"""The Temporal client, configured by the SDK's own environment variables (TEMPORAL_ADDRESS and the like)."""

from __future__ import annotations

import dataclasses

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes, PayloadCodec
from temporalio.envconfig import ClientConfig

from infra.config import Settings
from infra.storage.store import ObjectStore
from infra.temporal.codec import EncryptingCodec
from infra.temporal.payload_keys import PayloadKeys

DEFAULT_ADDRESS = "127.0.0.1:7233"


def payload_codec(settings: Settings, storage: ObjectStore) -> PayloadCodec:
    """Encrypts with the newest secret key; `storage` takes what is too large for Temporal."""
    return EncryptingCodec(PayloadKeys(settings.secret_keys), storage)


def data_converter(settings: Settings, storage: ObjectStore) -> DataConverter:
    """How payloads look; the same for every process and for the replay of stored histories.

    Messages and stack traces of failures are payloads too.
    """
    return dataclasses.replace(
        pydantic_data_converter,
        payload_codec=payload_codec(settings, storage),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )


async def connect(converter: DataConverter, *, lazy: bool = False) -> Client:
    """Connect. A lazy client connects with its first call, so that a process can start before Temporal does."""
    config = ClientConfig.load_client_connect_config()
    config.setdefault("target_host", DEFAULT_ADDRESS)
    return await Client.connect(**config, data_converter=converter, lazy=lazy)
