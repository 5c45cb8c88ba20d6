"""A queue filter as a ConnectWise query, and the comparison that makes its answer exact."""

from __future__ import annotations

import re

from domain.psa import TicketQuery, TicketRow
from infra.psa.connectwise import conditions

MAX_ID = 2**31 - 1
FIELDS = (
    "id,summary,company,contact,contactName,board,status,priority,owner,type,resources,requiredDate,isInSla,"
    "closedFlag,_info"
)
"""Only names every version knows, and `_info`, which is left out unless asked for."""

_NUMBER = re.compile(r"#?\s*(\d+)")


def ticket_number(text: str | None) -> int | None:
    """The number a search text stands for (`48231`, `#48231`), if it can be one."""
    match = _NUMBER.fullmatch((text or "").strip())
    return int(match.group(1)) if match and int(match.group(1)) <= MAX_ID else None


def ticket_conditions(query: TicketQuery) -> str:
    """What the server can filter by itself; `matches` does the rest."""
    terms: list[str] = []
    if not query.include_closed:
        terms.append(conditions.equals("closedFlag", False))
    if query.board_ids:
        terms.append(conditions.one_of("board/id", query.board_ids))
    for field, value in (
        ("status/id", query.status_id),
        ("company/id", query.company_id),
        ("priority/id", query.priority_id),
    ):
        if value is not None:
            terms.append(conditions.equals(field, value))
    if query.assigned_to is not None:
        terms.append(conditions.contains("resources", query.assigned_to))
    if query.unassigned:
        terms.append(conditions.is_null("resources"))
    if query.text and query.text.strip():
        terms.append(_text_condition(query.text))
    return conditions.all_of(terms)


def matches(query: TicketQuery, row: TicketRow) -> bool:
    """Whether a row that came back really belongs: whole member names, whole text, and open by its status."""
    if row.is_closed and not query.include_closed:
        return False
    if query.assigned_to is not None:
        wanted = query.assigned_to.strip().casefold()
        if wanted not in {name.casefold() for name in row.resources}:
            return False
    if query.unassigned and row.resources:
        return False
    text = _comparable(query.text or "")
    number = ticket_number(query.text)
    return (number is not None and row.id == str(number)) or text in _comparable(row.summary)


def _text_condition(text: str) -> str:
    in_summary = conditions.contains("summary", text)
    number = ticket_number(text)
    if number is None:
        return in_summary
    return conditions.any_of([conditions.equals("id", number), in_summary])


def _comparable(text: str) -> str:
    return " ".join(text.split()).casefold()
