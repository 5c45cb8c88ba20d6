"""Records as they are read, and the paths they are read from."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from domain.psa import PsaNotFound, PsaUnavailable
from infra.psa.connectwise.search import MAX_ID

Raw = TypeVar("Raw", bound=BaseModel)


def one(model: type[Raw], data: Any, *, is_write: bool = False) -> Raw:
    """A record. Raises PsaUnavailable for an answer that is none."""
    try:
        return model.model_validate(data)
    except ValidationError:
        text = "ConnectWise answered a record this client cannot read."
        raise PsaUnavailable(text, effect_unknown=is_write) from None


def many(model: type[Raw], rows: Any) -> list[Raw]:
    """The records of a list; an object that is no list is read as its only one."""
    return [one(model, row) for row in rows] if isinstance(rows, list) else [one(model, rows)]


def number(text: str, what: str) -> int:
    """ConnectWise numbers everything: what is no number cannot be there."""
    if not (text.isascii() and text.isdigit() and int(text) <= MAX_ID):
        raise PsaNotFound(f"ConnectWise has no {what} '{text[:40]}': its numbers are whole numbers.")
    return int(text)


def ticket_path(ticket_id: str) -> str:
    return f"/service/tickets/{number(ticket_id, 'ticket')}"
