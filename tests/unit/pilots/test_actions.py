"""One table says what each call to a model may use, and configuration which model it is."""

import pytest

from domain.vocabulary import ArtifactKind, PilotProvider
from infra.pilots.actions import (
    ACTIONS,
    DEFAULT_MODELS,
    NOTE_ACTIONS,
    ModelAction,
    ModelTier,
    choose_models,
)

FAST = {ModelAction.FACT_SYNTHESIS, ModelAction.DIGEST}


def test_every_action_has_limits_and_every_text_its_action() -> None:
    assert ACTIONS.keys() == set(ModelAction)
    assert {kind: action.value for kind, action in NOTE_ACTIONS.items()} == {
        kind: kind.value for kind in ArtifactKind
    }
    for limits in ACTIONS.values():
        assert 0 < limits.silence_seconds <= limits.timeout_seconds <= 120


def test_output_ceilings_are_those_of_the_contract() -> None:
    assert ACTIONS[ModelAction.RESOLUTION_NOTE].max_tokens == 1_200
    assert ACTIONS[ModelAction.ESCALATION_PACKAGE].max_tokens == 1_400
    assert ACTIONS[ModelAction.FACT_SYNTHESIS].max_tokens == 200


def test_small_tasks_are_done_by_the_fast_model_and_all_others_by_the_standard_one() -> None:
    assert {action for action, limits in ACTIONS.items() if limits.tier is ModelTier.FAST} == FAST
    models = choose_models(PilotProvider.ANTHROPIC)
    assert {models[action] for action in FAST} == {"claude-haiku-4-5"}
    assert {models[action] for action in set(ModelAction) - FAST} == {"claude-sonnet-4-6"}


@pytest.mark.parametrize("provider", DEFAULT_MODELS)
def test_every_model_provider_has_defaults_of_its_own(provider: PilotProvider) -> None:
    assert DEFAULT_MODELS[provider].keys() == set(ModelTier)
    assert choose_models(provider).keys() == set(ModelAction)


def test_an_override_wins_over_the_tier_and_the_tier_over_the_default() -> None:
    models = choose_models(
        PilotProvider.GEMINI,
        {ModelTier.FAST: "small", ModelTier.STANDARD: None},
        {ModelAction.DIGEST: "own"},
    )
    assert models[ModelAction.DIGEST] == "own"
    assert models[ModelAction.FACT_SYNTHESIS] == "small"
    assert models[ModelAction.CHAT_TURN] == DEFAULT_MODELS[PilotProvider.GEMINI][ModelTier.STANDARD]
