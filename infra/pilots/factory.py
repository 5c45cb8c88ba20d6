"""The pilots of a process, chosen by configuration."""

from __future__ import annotations

from dataclasses import dataclass

from domain.pilot import Pilot
from infra.config import Settings
from infra.pilots.playbook import PlaybookPilot


@dataclass(frozen=True)
class Pilots:
    """`primary` answers; `fallback` takes over when it cannot."""

    primary: Pilot
    fallback: Pilot

    async def aclose(self) -> None:
        """Close what the pilots hold open."""
        close = getattr(self.primary, "aclose", None)
        if close is not None:
            await close()


def build_pilots(settings: Settings) -> Pilots:
    """The configured pilot, with the playbook behind it."""
    playbook = PlaybookPilot()
    return Pilots(primary=playbook, fallback=playbook)
