"""What the person is told at the end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from infra.backup.manifest import Manifest

_NAMED = 20


def tell_made(manifest: Manifest, target: Path, line: Callable[[str], None]) -> None:
    """What the archive holds, which keys it takes, and what it lacks."""
    size = target.stat().st_size / 1024 / 1024
    line(
        f"Wrote {target}: {sum(manifest.tables.values())} rows, {manifest.objects} files, {size:.1f} MB, "
        f"as of {manifest.created_at:%Y-%m-%d %H:%M:%S} UTC."
    )
    line(
        f"It can be read with the secret keys {', '.join(manifest.key_ids)}, which are not in it: keep them too."
    )
    if manifest.missing:
        line(f"Incomplete: {len(manifest.missing)} files that sessions name are not in the store:")
        for key in manifest.missing[:_NAMED]:
            line(f"    {key}")
        if len(manifest.missing) > _NAMED:
            line("    …")


def tell_restored(manifest: Manifest, line: Callable[[str], None]) -> None:
    """What is there now."""
    line(
        f"Restored {sum(manifest.tables.values())} rows and {manifest.objects} files as of "
        f"{manifest.created_at:%Y-%m-%d %H:%M:%S} UTC. Sessions go on with their next message."
    )
    if manifest.missing:
        line(f"{len(manifest.missing)} files were missing already when the backup was made.")
