"""The pilots of a process, chosen by configuration."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from domain.pilot import Pilot
from domain.vocabulary import PilotProvider
from infra.config import Settings
from infra.config_sources import ConfigurationError
from infra.pilots.actions import Models, ModelTier, choose_models
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
    match chosen_provider(settings):
        case PilotProvider.ANTHROPIC:
            return Pilots(primary=_anthropic(settings), fallback=playbook)
        case PilotProvider.GEMINI:
            return Pilots(primary=_gemini(settings), fallback=playbook)
        case PilotProvider.PLAYBOOK:
            return Pilots(primary=playbook, fallback=playbook)


def chosen_provider(settings: Settings) -> PilotProvider:
    """Who answers. `auto` is the first model with a key, else the playbook."""
    if settings.pilot != "auto":
        return PilotProvider(settings.pilot)
    if settings.anthropic_api_key is not None:
        return PilotProvider.ANTHROPIC
    return PilotProvider.GEMINI if settings.gemini_api_key is not None else PilotProvider.PLAYBOOK


def _models(settings: Settings, provider: PilotProvider) -> Models:
    tiers = {ModelTier.STANDARD: settings.model_standard, ModelTier.FAST: settings.model_fast}
    return choose_models(provider, tiers, settings.models)


# The SDKs are imported only where they are used: one takes longer to load than all the rest of a worker.


def _anthropic(settings: Settings) -> Pilot:
    if settings.anthropic_api_key is None:
        raise ConfigurationError(["RESOLUTIONFLOW_PILOT is anthropic, and ANTHROPIC_API_KEY is not set."])
    from infra.pilots.anthropic import AnthropicPilot

    return AnthropicPilot(
        settings.anthropic_api_key.get_secret_value(),
        settings.anthropic_base_url,
        models=_models(settings, PilotProvider.ANTHROPIC),
        documentation=settings.mcp_learn,
    )


def _gemini(settings: Settings) -> Pilot:
    if settings.gemini_api_key is None:
        raise ConfigurationError(["RESOLUTIONFLOW_PILOT is gemini, and GEMINI_API_KEY is not set."])
    try:
        from infra.pilots.gemini import GeminiPilot
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "google":
            raise
        raise ConfigurationError(
            [
                "The pilot is gemini, and its client is not installed. Install it with `uv sync --extra gemini`."
            ]
        ) from error

    return GeminiPilot(
        settings.gemini_api_key.get_secret_value(),
        settings.gemini_base_url,
        models=_models(settings, PilotProvider.GEMINI),
    )
