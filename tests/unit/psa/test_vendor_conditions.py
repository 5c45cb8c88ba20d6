"""The simulator reads the vendor's query language the way the vendor documents it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.simulators.connectwise.conditions import parse_conditions
from infra.simulators.connectwise.errors import VendorError
from infra.simulators.connectwise.schema import TICKET

RECORD: dict[str, Any] = {
    "id": 42,
    "summary": "Printer [2nd floor] says \"PC LOAD LETTER\" at O'Neill's",
    "board": {"id": 3, "name": "Help Desk"},
    "owner": None,
    "resources": "jo, john",
    "closedFlag": False,
    "severity": "Medium",
    "actualHours": 1.5,
    "requiredDate": "2026-02-03T10:00:00Z",
    "_info": {"lastUpdated": "2026-02-01T08:30:00Z"},
}


@pytest.mark.parametrize(
    "condition",
    [
        "",
        "id = 42",
        "id=42 and Board/Id = 3",
        "id in (1, 42, 3)",
        "id not in (1, 2)",
        "ID >= 42 AND id <= 42 and id > 41 and id < 43 and id != 41",
        "(id = 1 or id = 42) and closedFlag = False",
        "id = 1 or id = 2 or id = 42",
        'board/name = "help desk"',
        "board/name like 'help*'",
        'board/name like "%desk"',
        'board/name not like "x%"',
        "summary contains 'PC LOAD'",
        'summary contains "O\'Neill"',
        "summary not contains 'scanner'",
        'summary contains "[[]2nd floor]"',
        "owner = null and resources != null",
        "lastUpdated > [2026-01-31T00:00:00Z] and LastUpdated <= [2026-02-01T08:30:00Z]",
        "requiredDate >= [2026-02-03T10:00:00Z]",
        'severity = "medium"',
        "actualHours = 1.5",
    ],
)
def test_true_conditions_hold(condition: str) -> None:
    assert parse_conditions(condition, TICKET)(RECORD)


@pytest.mark.parametrize(
    "condition",
    [
        "id = 41",
        "owner/identifier = 'jo'",
        "owner != null",
        "id = 42 and id = 1",
        "closedFlag = true",
        "summary = 'x'",
    ],
)
def test_false_conditions_do_not(condition: str) -> None:
    assert not parse_conditions(condition, TICKET)(RECORD)


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("nonsense = 1", "nonsense is not a recognized name."),
        ("board/nonsense = 1", "board/nonsense is not a recognized name."),
        ("customFields = 1", "customFields is not a recognized name."),
        ("closedFlag = 1", "Expected a boolean value, not a numeric."),
        ("summary = bare", "should be enclosed with double or single quotes"),
        ('severity = "Huge"', "Enum value supplied was invalid"),
        ('summary contains "[today]"', "DateTime values should be enclosed"),
        ("requiredDate > [soon]", "'soon' is not a valid DateTime."),
        ("id = ", "The condition ends too early."),
        ("id = 1)", "Unexpected ')'"),
        ("(id = 1", "The condition ends too early."),
        ("id in 1", "Expected '('"),
        ("id ~ 1", "Invalid condition near"),
        ("id near 1", "not a recognized operator"),
        ("id > null", "null can only be compared"),
        ("id contains 4", "needs a string value"),
        ('summary = "open', "Invalid condition near"),
    ],
)
def test_what_cannot_be_read_is_refused_as_the_vendor_does(condition: str, words: str) -> None:
    with pytest.raises(VendorError) as caught:
        parse_conditions(condition, TICKET)
    assert (caught.value.status, caught.value.code) == (400, "ApiFindCondition")
    assert words in caught.value.message


@given(st.text(max_size=60))
def test_any_text_is_either_a_condition_or_refused(text: str) -> None:
    try:
        parse_conditions(text, TICKET)(RECORD)
    except VendorError as error:
        assert error.status == 400  # noqa: PT017 - both ways are right, anything else is a crash
