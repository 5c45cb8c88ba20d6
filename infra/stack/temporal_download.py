"""Lets the Temporal SDK download its dev server into a folder: `python -m infra.stack.temporal_download
FOLDER VERSION`.

A process of its own, because the SDK's download has no time limit: whoever started it ends it when nothing
moves.
"""

from __future__ import annotations

import asyncio
import sys

from temporalio.testing import WorkflowEnvironment


async def download(folder: str, version: str) -> None:
    """Leaves one executable file in `folder`. The SDK starts the server once; it is stopped at once."""
    environment = await WorkflowEnvironment.start_local(
        download_dest_dir=folder, dev_server_download_version=f"v{version}"
    )
    await environment.shutdown()


if __name__ == "__main__":
    asyncio.run(download(sys.argv[1], sys.argv[2]))
