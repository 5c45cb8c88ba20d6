"""The libraries we use are quiet, however much is asked for: they would log what they sign and send."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
MARK = "Zanzibar"

PROGRAM = f"""
import asyncio, logging
from infra.config import load_settings
from infra.logging import configure_logging
from infra.storage.factory import build_storage

async def main():
    settings = load_settings()
    configure_logging(settings, process="test")
    store = build_storage(settings)
    await store.put("a-key", b"{MARK} " * 100, "text/plain")
    assert b"{MARK}" in await store.get("a-key")
    await store.aclose()
    logging.getLogger("ours").debug("all is written")

asyncio.run(main())
"""


async def test_what_is_stored_is_in_no_log_even_when_everything_is_logged(
    s3_url: str, bucket: str, tmp_path: Path
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PROGRAM,
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(PROJECT),
            "RESOLUTIONFLOW_LOG_LEVEL": "debug",
            "S3_ENDPOINT_URL": s3_url,
            "S3_BUCKET": bucket,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test-key-id",
            "AWS_SECRET_ACCESS_KEY": "test-secret-of-the-store",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    assert b"all is written" in output
    for secret in (MARK, "test-secret-of-the-store", "test-key-id", "Signature"):
        assert secret not in output.decode(), secret
