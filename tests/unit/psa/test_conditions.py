"""No text a person types can become part of a ConnectWise query; every text is still searched for."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.psa import TicketQuery, TicketRow
from infra.psa.connectwise import conditions, search
from infra.simulators.connectwise.conditions import parse_conditions
from infra.simulators.connectwise.schema import TICKET

HOSTILE = st.text(alphabet=st.sampled_from("""abÄ "'\\[]()%*=,\n\t\x00\x1b\x85 orandnot"""), max_size=40)
TEXTS = st.one_of(HOSTILE, st.text(max_size=60))


def _record(summary: str, resources: str | None = None, number: int = 1) -> dict[str, Any]:
    return {"id": number, "summary": summary, "resources": resources, "closedFlag": False, "board": {"id": 1}}


def _row(summary: str) -> TicketRow:
    return TicketRow(id="1", summary=summary)


@given(TEXTS)
def test_any_text_makes_a_query_the_server_can_read(text: str) -> None:
    parse_conditions(conditions.contains("summary", text), TICKET)


@given(HOSTILE, HOSTILE, HOSTILE)
def test_a_summary_that_contains_the_text_is_always_found(before: str, text: str, after: str) -> None:
    summary, wanted = f"{before}{text}{after}", TicketQuery(text=text)
    found = parse_conditions(search.ticket_conditions(wanted), TICKET)
    if search.matches(wanted, _row(summary)):
        assert found(_record(summary))


@given(HOSTILE)
def test_no_text_makes_a_query_match_everything(text: str) -> None:
    """A record that shares no character with the text is not found unless the text is empty to begin with."""
    wanted = TicketQuery(text=text)
    found = parse_conditions(search.ticket_conditions(wanted), TICKET)
    stranger = "ZZZ"
    if text.strip():
        assert not (found(_record(stranger)) and search.matches(wanted, _row(stranger)))


@given(HOSTILE)
def test_no_text_reaches_beyond_the_other_filters(text: str) -> None:
    found = parse_conditions(search.ticket_conditions(TicketQuery(text=text, board_ids=[2])), TICKET)
    assert not found(_record(text))


@given(HOSTILE)
def test_no_quote_or_backslash_is_ever_sent_inside_a_string(text: str) -> None:
    built = conditions.contains("summary", text)
    pieces = built.split('"')
    assert len(pieces) % 2 == 1
    assert not any("\\" in piece for piece in pieces)


@pytest.mark.parametrize("field", ["", "a b", "summary = 1 or id", 'x"', "a/", "/a", "id;--"])
def test_what_is_no_field_name_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match="not a field name"):
        conditions.equals(field, 1)


def test_all_filters_are_in_the_query() -> None:
    query = TicketQuery(
        text="#48231",
        board_ids=[1, 2],
        status_id=3,
        company_id=4,
        priority_id=5,
        assigned_to="jo",
        unassigned=True,
    )
    assert search.ticket_conditions(query) == (
        "closedFlag = false and board/id in (1, 2) and status/id = 3 and company/id = 4 and priority/id = 5 and "
        'resources contains "jo" and resources = null and ((id = 48231) or (summary contains "#48231"))'
    )


def test_no_filter_at_all_is_an_empty_query() -> None:
    assert search.ticket_conditions(TicketQuery(include_closed=True)) == ""


@pytest.mark.parametrize("text", ['"', "\\", " \x00 ", '"\\"'])
def test_a_text_of_which_nothing_can_be_asked_is_compared_here(text: str) -> None:
    """The server is asked for all open tickets, the comparison leaves those with the text."""
    query = TicketQuery(text=text)
    assert search.ticket_conditions(query) == "closedFlag = false"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("48231", 48231),
        ("#48231", 48231),
        ("# 7", 7),
        ("7 7", None),
        ("", None),
        (None, None),
        ("9" * 12, None),
    ],
)
def test_a_text_is_a_ticket_number_only_as_a_whole(text: str | None, number: int | None) -> None:
    assert search.ticket_number(text) == number


@pytest.mark.parametrize(
    ("assigned_to", "resources", "mine"),
    [
        ("jo", ["john"], False),
        ("jo", ["john", "jo"], True),
        ("JO", ["jo"], True),
        ("john", ["jo"], False),
        ("", ["jo"], False),
        ("jo", [], False),
    ],
)
def test_mine_is_a_whole_name_among_the_resources(assigned_to: str, resources: list[str], mine: bool) -> None:
    row = TicketRow(id="1", summary="x", resources=resources)
    assert search.matches(TicketQuery(assigned_to=assigned_to), row) is mine
