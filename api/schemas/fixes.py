"""Bodies and answers of the routes of suggested fixes."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, JsonValue, StringConstraints
from pydantic_core import PydanticCustomError

from api.schemas.common import Body, FilledText, PlainText, storable
from domain.fixes import OUTCOME_NOTES_LIMIT, is_too_deep
from domain.vocabulary import FixDecision, FixOutcome

SCRIPT_LIMIT = 50_000
PARAMETERS_LIMIT = 100
PARAMETERS_CHARACTERS = 50_000
"""Of all values together: each is searched for secrets, while nobody else is answered."""

Script = Annotated[FilledText, StringConstraints(max_length=SCRIPT_LIMIT)]


def _storable_values(parameters: dict[str, JsonValue]) -> dict[str, JsonValue]:
    if is_too_deep(parameters):
        raise PydanticCustomError("too_deep", "The parameters are nested too deeply")
    waiting: list[JsonValue] = [parameters]
    left = PARAMETERS_CHARACTERS
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            storable(value)
            left -= len(value)
        elif isinstance(value, dict):
            waiting.extend([*value.keys(), *value.values()])
        elif isinstance(value, list):
            waiting.extend(value)
    if left < 0:
        raise ValueError(f"the values have more than {PARAMETERS_CHARACTERS} characters together")
    return parameters


Parameters = Annotated[
    dict[str, JsonValue], Field(max_length=PARAMETERS_LIMIT), AfterValidator(_storable_values)
]
"""Values of a script's parameters by key. What looks secret is redacted before it is stored."""


class OutcomeBody(Body):
    outcome: FixOutcome
    notes: Annotated[PlainText, StringConstraints(max_length=OUTCOME_NOTES_LIMIT)] | None = None


class DecisionBody(Body):
    """Which script path is taken; `edited_script` is what is run instead of the draft."""

    decision: FixDecision
    edited_script: Script | None = None
    parameters_used: Parameters | None = None


class DecisionAnswer(BaseModel):
    user_decision: FixDecision
    rendered_script: str | None = Field(
        None,
        description="The script that is run: the edited one, else the draft, as it stands. Parameters are "
        "recorded with the fix, not put into the script.",
    )
    draft_template_id: UUID | None = Field(
        None, description="After `draft_template`: the draft that waits for review."
    )
    redirect_path: str | None = Field(None, description="After `build_template`: where the page goes on.")


class AttachScriptBody(Body):
    ai_drafted_script: Script
    ai_drafted_parameters: Parameters | None = None
