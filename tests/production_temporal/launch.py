"""`python -m tests.production_temporal.launch MARK make|wait COMMAND…`: become COMMAND once the databases are made.

`make` drops them first, makes them anew, brings them to the schema with the script of production, and leaves the file
MARK. `wait` waits for that file. Where the server is stands in POSTGRES_SEEDS and DB_PORT, as for Temporal itself.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.production_temporal.postgres import renew_databases

SCHEMA_SCRIPT = Path(__file__).parents[2] / "infra" / "container" / "temporal" / "schema.sh"
_PATIENCE = 120.0


def main(mark: Path, how: str, command: list[str]) -> None:
    """Exits with 1 when the databases cannot be made, or are not made in time."""
    if how == "make":
        asyncio.run(renew_databases(os.environ["POSTGRES_SEEDS"], int(os.environ["DB_PORT"])))
        subprocess.run(["sh", str(SCHEMA_SCRIPT)], check=True)
        mark.touch()
    elif not _waited(mark):
        sys.exit(1)
    os.execv(command[0], command)  # noqa: S606


def _waited(mark: Path) -> bool:
    deadline = time.monotonic() + _PATIENCE
    while not mark.exists():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
