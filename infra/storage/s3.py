"""Objects in a bucket of an S3-compatible store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypedDict, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra.storage.store import NotStored, StorageUnavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

T = TypeVar("T")

THREADS = 8
CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
ATTEMPTS = 3
"""Of the client library, which is the only layer that tries again."""

KEYS_A_PAGE = 1_000

_MISSING = frozenset({"NoSuchKey", "404"})


class _Where(TypedDict, total=False):
    ContinuationToken: str


class S3Store:
    """One bucket. The client library blocks, so it works in threads of its own: nobody else waits for a slow store."""

    def __init__(
        self,
        bucket: str,
        *,
        endpoint_url: str | None = None,
        region: str | None = None,
        access_key_id: str | None = None,
        secret_access_key: str | None = None,
    ) -> None:
        """Without a key the library looks for credentials where it always does, such as the machine's role."""
        self._bucket = bucket
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="s3")
        self._client: S3Client = boto3.client(
            "s3",
            endpoint_url=endpoint_url,
            region_name=region or "us-east-1",
            aws_access_key_id=access_key_id,
            aws_secret_access_key=secret_access_key,
            config=Config(
                connect_timeout=CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                max_pool_connections=THREADS,
                retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
                # Stores other than Amazon's have no name for each bucket, and do not all know the newer checksums.
                s3={"addressing_style": "path" if endpoint_url else "auto"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    async def put(self, key: str, data: bytes, content_type: str) -> None:
        await self._run(
            lambda: self._client.put_object(Bucket=self._bucket, Key=key, Body=data, ContentType=content_type)
        )

    async def get(self, key: str) -> bytes:
        return await self._run(lambda: self._read(key))

    async def delete(self, key: str) -> None:
        await self._run(lambda: self._client.delete_object(Bucket=self._bucket, Key=key))

    async def list(self) -> AsyncIterator[str]:
        after: str | None = None
        while True:
            keys, after = await self._run(lambda token=after: self._page(token))  # type: ignore[misc]
            for key in keys:
                yield key
            if after is None:
                return

    async def check(self) -> None:
        await self._run(lambda: self._client.head_bucket(Bucket=self._bucket))

    async def aclose(self) -> None:
        # Without waiting: a store that hangs must not hold up the end of the process.
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._client.close()

    def _read(self, key: str) -> bytes:
        try:
            return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except ClientError as error:
            if error.response["Error"].get("Code") in _MISSING:
                raise NotStored(key) from None
            raise

    def _page(self, after: str | None) -> tuple[tuple[str, ...], str | None]:
        """The next keys, and where the ones after them begin."""
        where: _Where = {"ContinuationToken": after} if after else {}
        page = self._client.list_objects_v2(Bucket=self._bucket, MaxKeys=KEYS_A_PAGE, **where)
        return tuple(one["Key"] for one in page.get("Contents", [])), page.get("NextContinuationToken")

    async def _run(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except ClientError as error:
            code = error.response["Error"].get("Code", "refused")
            raise StorageUnavailable(f"the bucket {self._bucket}: {code}") from error
        except (BotoCoreError, OSError) as error:
            raise StorageUnavailable(f"the object store: {type(error).__name__}") from error
