"""Which pilot answers is a matter of configuration, and a configuration that cannot work says why."""

import subprocess
import sys
from typing import Any

import pytest

from domain.vocabulary import PilotProvider
from infra.config import Settings
from infra.config_sources import ConfigurationError
from infra.pilots.actions import ModelAction
from infra.pilots.factory import build_pilots

NEITHER: dict[str, Any] = {"anthropic_api_key": None, "gemini_api_key": None}
BOTH: dict[str, Any] = {"anthropic_api_key": "key", "gemini_api_key": "key"}


def settings(**values: Any) -> Settings:
    return Settings(_env_file=None, **{**NEITHER, "pilot": "auto", **values})


@pytest.mark.parametrize(
    ("pilot", "keys", "provider"),
    [
        ("auto", NEITHER, PilotProvider.PLAYBOOK),
        ("auto", {"anthropic_api_key": "key"}, PilotProvider.ANTHROPIC),
        ("auto", {"gemini_api_key": "key"}, PilotProvider.GEMINI),
        ("auto", BOTH, PilotProvider.ANTHROPIC),
        ("playbook", BOTH, PilotProvider.PLAYBOOK),
        ("anthropic", BOTH, PilotProvider.ANTHROPIC),
        ("gemini", BOTH, PilotProvider.GEMINI),
    ],
)
async def test_the_configured_pilot_answers_with_the_playbook_behind_it(
    pilot: str, keys: dict[str, Any], provider: PilotProvider
) -> None:
    pilots = build_pilots(settings(pilot=pilot, **keys))
    assert pilots.primary.provider is provider
    assert pilots.fallback.provider is PilotProvider.PLAYBOOK
    await pilots.aclose()


@pytest.mark.parametrize(
    ("pilot", "named"), [("anthropic", "ANTHROPIC_API_KEY"), ("gemini", "GEMINI_API_KEY")]
)
def test_a_pilot_that_cannot_work_is_a_clear_configuration_error(pilot: str, named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        build_pilots(settings().model_copy(update={"pilot": pilot}))


def test_a_client_that_is_not_installed_is_named_with_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in list(sys.modules):
        if name.startswith("infra.pilots.gemini"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "google.genai", None)
    with pytest.raises(ConfigurationError, match="uv sync --extra gemini"):
        build_pilots(settings(gemini_api_key="key"))


def test_a_module_of_ours_that_is_missing_is_not_taken_for_the_client(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in list(sys.modules):
        if name.startswith("infra.pilots.gemini"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "infra.pilots.gemini.reply", None)
    with pytest.raises(ModuleNotFoundError):
        build_pilots(settings(gemini_api_key="key"))


@pytest.mark.parametrize("provider", [PilotProvider.ANTHROPIC, PilotProvider.GEMINI])
async def test_the_configured_models_reach_the_pilot(provider: PilotProvider) -> None:
    configured = {
        "model_standard": "large",
        "model_fast": "small",
        "models": {ModelAction.DIGEST: "own"},
    }
    pilots = build_pilots(settings(pilot=provider.value, **BOTH, **configured))
    models = pilots.primary._models  # type: ignore[attr-defined]
    assert models[ModelAction.CHAT_TURN] == "large"
    assert models[ModelAction.FACT_SYNTHESIS] == "small"
    assert models[ModelAction.DIGEST] == "own"
    await pilots.aclose()


def test_no_sdk_is_loaded_where_no_model_answers() -> None:
    code = (
        "import sys; from infra.config import Settings; from infra.pilots.factory import build_pilots;"
        "build_pilots(Settings(_env_file=None, pilot='playbook'));"
        "print([name for name in ('anthropic', 'google.genai') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
