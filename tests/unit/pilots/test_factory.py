"""Which pilot answers is a matter of configuration, and a configuration that cannot work says why."""

from typing import Any

import pytest

from domain.vocabulary import PilotProvider
from infra.config import Settings
from infra.config_sources import ConfigurationError
from infra.pilots.factory import build_pilots


def settings(**values: Any) -> Settings:
    return Settings(_env_file=None, **{"anthropic_api_key": None, "pilot": "auto", **values})


@pytest.mark.parametrize(
    ("pilot", "key", "provider"),
    [
        ("auto", None, PilotProvider.PLAYBOOK),
        ("auto", "key", PilotProvider.ANTHROPIC),
        ("playbook", "key", PilotProvider.PLAYBOOK),
        ("anthropic", "key", PilotProvider.ANTHROPIC),
    ],
)
async def test_the_configured_pilot_answers_with_the_playbook_behind_it(
    pilot: str, key: str | None, provider: PilotProvider
) -> None:
    pilots = build_pilots(settings(pilot=pilot, anthropic_api_key=key))
    assert pilots.primary.provider is provider
    assert pilots.fallback.provider is PilotProvider.PLAYBOOK
    await pilots.aclose()


@pytest.mark.parametrize(
    ("pilot", "named"), [("anthropic", "ANTHROPIC_API_KEY"), ("gemini", "RESOLUTIONFLOW_PILOT is gemini")]
)
def test_a_pilot_that_cannot_work_is_a_clear_configuration_error(pilot: str, named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        build_pilots(settings().model_copy(update={"pilot": pilot}))
