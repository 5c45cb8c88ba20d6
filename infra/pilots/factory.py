"""The pilots of a process, chosen by configuration."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from domain.pilot import Pilot
from infra.config import Settings
from infra.config_sources import ConfigurationError
from infra.pilots.playbook import PlaybookPilot


@runtime_checkable
class Closable(Protocol):
    """A pilot that holds connections open."""

    async def aclose(self) -> None: ...


@dataclass(frozen=True)
class Pilots:
    """`primary` answers; `fallback` takes over when it cannot."""

    primary: Pilot
    fallback: Pilot

    async def aclose(self) -> None:
        """Close what the pilots hold open."""
        if isinstance(self.primary, Closable):
            await self.primary.aclose()


def build_pilots(settings: Settings) -> Pilots:
    """The configured pilot, with the playbook behind it.

    Raises ConfigurationError when the configuration names a pilot that cannot work.
    """
    playbook = PlaybookPilot()
    chosen = settings.pilot
    if chosen == "auto":
        chosen = "anthropic" if settings.anthropic_api_key else "playbook"
    if chosen == "playbook":
        return Pilots(primary=playbook, fallback=playbook)
    if chosen == "gemini":
        raise ConfigurationError(
            [
                "RESOLUTIONFLOW_PILOT is gemini, which this installation does not include: use anthropic or playbook."
            ]
        )
    if settings.anthropic_api_key is None:
        raise ConfigurationError(["RESOLUTIONFLOW_PILOT is anthropic, and ANTHROPIC_API_KEY is not set."])
    # Imported only where it is used: the SDK takes longer to load than all the rest of a worker.
    from infra.pilots.anthropic import AnthropicPilot

    model = AnthropicPilot(settings.anthropic_api_key.get_secret_value(), settings.anthropic_base_url)
    return Pilots(primary=model, fallback=playbook)
