"""Parameters of a script are searched for secrets before anything else: there are not more than one waits for."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from api.schemas.fixes import PARAMETERS_CHARACTERS, DecisionBody


def test_parameters_have_a_limit_together_however_they_are_split_and_nested() -> None:
    half = "x" * (PARAMETERS_CHARACTERS // 2)
    most = {"a": half, "b": [{"c": half[:-3]}]}
    body = DecisionBody.model_validate({"decision": "one_off", "parameters_used": most})
    assert body.parameters_used == most
    for more in ({"d": "x"}, {"d" * 2: None}):
        with pytest.raises(ValidationError, match="more than 50000 characters together"):
            DecisionBody.model_validate({"decision": "one_off", "parameters_used": most | {"e": more}})
