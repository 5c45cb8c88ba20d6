"""A store of each kind: files in a folder of the test, and a bucket of a real HTTP server that speaks S3."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import boto3
import pytest
from moto.server import ThreadedMotoServer
from pydantic import SecretStr

from infra.config import Settings
from infra.storage.factory import build_storage
from infra.storage.store import ObjectStore


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def s3_settings(url: str, bucket: str) -> Settings:
    return Settings(
        _env_file=None,
        s3_endpoint_url=url,
        s3_bucket=bucket,
        aws_region="us-east-1",
        aws_access_key_id="test-key",
        aws_secret_access_key=SecretStr("test-secret-of-the-store"),
    )


@pytest.fixture
def bucket(s3_url: str) -> str:
    """A bucket of this test alone."""
    name = f"bucket-{uuid4().hex}"
    client = boto3.client(
        "s3",
        endpoint_url=s3_url,
        region_name="us-east-1",
        aws_access_key_id="test-key",
        aws_secret_access_key="test-secret",
    )
    client.create_bucket(Bucket=name)
    client.close()
    return name


@pytest.fixture(params=["local", "s3"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ObjectStore]:
    """Every kind of store, built as the product builds it."""
    if request.param == "local":
        built = build_storage(Settings(_env_file=None, state_dir=tmp_path / "state"))
    else:
        built = build_storage(
            s3_settings(request.getfixturevalue("s3_url"), request.getfixturevalue("bucket"))
        )
    yield built
    await built.aclose()
