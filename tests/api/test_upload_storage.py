"""Files while the store is away, and files that nobody took."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import boto3
import httpx
import pytest
import sqlalchemy as sa
from moto.server import ThreadedMotoServer
from pydantic import SecretStr

from api.upload_sweep import sweep_unclaimed_uploads
from infra.config import Settings
from infra.database.models import Upload
from infra.storage.factory import build_storage
from infra.storage.local import LocalStore
from infra.storage.store import NotStored, ObjectStore, StorageUnavailable, UploadVariant, upload_key
from tests.api.conftest import Desk
from tests.support.application import Application, running_api
from tests.support.journey import Journey
from tests.support.problems import assert_problem
from tests.support.tenants import PASSWORD
from tests.support.uploads import fetch, send_file, upload
from tests.support.waiting import until
from tests.unit.uploads.pictures import picture

BUCKET = "files-of-an-api"


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def bucket_client(url: str) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="test-key",
        aws_secret_access_key="test-secret",
    )


@pytest.fixture
async def on_s3(
    application: Application, settings: Settings, s3_url: str, desk: Desk
) -> AsyncIterator[httpx.AsyncClient]:
    """An API whose files lie in a bucket that does not exist yet, with an engineer signed in."""
    changed = settings.model_copy(
        update={
            "s3_endpoint_url": s3_url,
            "s3_bucket": BUCKET,
            "aws_access_key_id": "test-key",
            "aws_secret_access_key": SecretStr("test-secret"),
        }
    )
    async with running_api(changed) as url, httpx.AsyncClient(base_url=f"{url}/api/v1") as client:
        body = {"email": desk.tenant.email(), "password": PASSWORD}
        token = (await client.post("/auth/login", json=body)).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


async def test_a_missing_bucket_is_named_by_readiness_and_nothing_is_half_kept(
    on_s3: httpx.AsyncClient, s3_url: str, application: Application
) -> None:
    ready = await fetch(on_s3, "/readyz")
    assert ready.status_code == 503
    assert list(ready.json()["down"]) == ["storage"]
    assert BUCKET in ready.json()["down"]["storage"]
    data = picture("PNG", (61, 61))
    key = {"Idempotency-Key": f"away-{uuid4()}"}
    refused = await send_file(on_s3, data, **key)
    assert_problem(refused, 503, "storage_unavailable")
    assert int(refused.headers["retry-after"]) > 0
    async with application.database.admin() as db:
        assert (await db.execute(sa.select(Upload.id).where(Upload.width == 61))).first() is None

    await asyncio.to_thread(bucket_client(s3_url).create_bucket, Bucket=BUCKET)
    assert (await fetch(on_s3, "/readyz")).status_code == 200
    sent = await send_file(on_s3, data, **key)
    assert sent.status_code == 201, "the same request works once the store is back"
    served = await fetch(on_s3, sent.json()["content_url"])
    assert served.content == data
    listed = await asyncio.to_thread(bucket_client(s3_url).list_objects_v2, Bucket=BUCKET)
    assert len(listed["Contents"]) == 2

    await asyncio.to_thread(empty_and_drop, s3_url)
    for answer in (
        await fetch(on_s3, sent.json()["content_url"]),
        await on_s3.delete(f"/uploads/{sent.json()['id']}"),
    ):
        assert_problem(answer, 503, "storage_unavailable")
    assert (await on_s3.get(f"/uploads/{sent.json()['id']}")).status_code == 200, "what is known stays"


def empty_and_drop(url: str) -> None:
    client = bucket_client(url)
    for one in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=one["Key"])
    client.delete_bucket(Bucket=BUCKET)


async def make_older(application: Application, upload_id: str, age: timedelta) -> None:
    async with application.database.admin() as db:
        await db.execute(
            sa.update(Upload).where(Upload.id == UUID(upload_id)).values(created_at=datetime.now(UTC) - age)
        )


async def exists(application: Application, upload_id: str) -> bool:
    async with application.database.admin() as db:
        return await db.get(Upload, UUID(upload_id)) is not None


async def test_only_what_nobody_took_for_a_day_is_swept_with_its_bytes(
    application: Application, desk: Desk
) -> None:
    old, young, taken = [(await upload(desk.engineer))["id"] for _ in range(3)]
    await Journey.start(desk.engineer, upload_ids=[taken])
    await make_older(application, old, timedelta(hours=25))
    await make_older(application, young, timedelta(hours=23))
    await make_older(application, taken, timedelta(days=30))
    store = build_storage(application.settings)
    assert await sweep_unclaimed_uploads(application.database, store, datetime.now(UTC)) == 1
    assert [await exists(application, one) for one in (old, young, taken)] == [False, True, True]
    for variant in UploadVariant:
        with pytest.raises(NotStored):
            await store.get(upload_key(desk.tenant.account_id, UUID(old), variant))
        assert await store.get(upload_key(desk.tenant.account_id, UUID(taken), variant))
    assert await sweep_unclaimed_uploads(application.database, store, datetime.now(UTC)) == 0


async def test_what_the_store_does_not_delete_is_swept_the_next_time(
    application: Application, desk: Desk, tmp_path: Path
) -> None:
    sent = (await upload(desk.engineer))["id"]
    await make_older(application, sent, timedelta(days=2))
    (tmp_path / "folder").write_text("a file where the folder should be")
    with pytest.raises(StorageUnavailable):
        await sweep_unclaimed_uploads(
            application.database, LocalStore(tmp_path / "folder"), datetime.now(UTC)
        )
    assert await exists(application, sent)
    store = build_storage(application.settings)
    assert await sweep_unclaimed_uploads(application.database, store, datetime.now(UTC)) == 1


async def test_an_api_that_starts_sweeps(application: Application, settings: Settings, desk: Desk) -> None:
    sent = (await upload(desk.engineer))["id"]
    await make_older(application, sent, timedelta(days=2))
    async with running_api(settings):

        async def swept() -> bool:
            return not await exists(application, sent)

        await until(swept, what="the first sweep")


class HeldStore:
    """A store that is slow to delete: it waits until it is let go."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self.deleting = asyncio.Event()
        self.let_go = asyncio.Event()

    async def delete(self, key: str) -> None:
        self.deleting.set()
        await self.let_go.wait()
        await self._store.delete(key)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


async def test_what_one_process_sweeps_another_passes_over(application: Application, desk: Desk) -> None:
    sent = (await upload(desk.engineer))["id"]
    await make_older(application, sent, timedelta(days=2))
    store = build_storage(application.settings)
    held = HeldStore(store)
    slow = asyncio.create_task(sweep_unclaimed_uploads(application.database, held, datetime.now(UTC)))
    await held.deleting.wait()
    assert await sweep_unclaimed_uploads(application.database, store, datetime.now(UTC)) == 0
    held.let_go.set()
    assert await slow == 1
    assert not await exists(application, sent)


async def test_a_message_that_comes_during_the_sweep_of_its_file_does_not_get_half_of_it(
    application: Application, desk: Desk
) -> None:
    journey = await Journey.start(desk.engineer, text="The scanner is dark")
    sent = (await upload(desk.engineer))["id"]
    await make_older(application, sent, timedelta(days=2))
    held = HeldStore(build_storage(application.settings))
    sweep = asyncio.create_task(sweep_unclaimed_uploads(application.database, held, datetime.now(UTC)))
    await held.deleting.wait()
    body = {"text": "look", "upload_ids": [sent]}
    message = asyncio.create_task(desk.engineer.post(journey.path("/messages"), json=body))

    async def waits_or_has_its_answer() -> bool:
        async with application.database.admin() as db:
            waiting = await db.execute(
                sa.text("SELECT 1 FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple')")
            )
            return message.done() or waiting.first() is not None

    await until(waits_or_has_its_answer, what="the message to reach the file")
    held.let_go.set()
    assert await sweep == 1
    assert_problem(await message, 404, "upload_not_found")
