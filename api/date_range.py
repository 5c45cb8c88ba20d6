"""Both ends of a date range, as queries of lists give them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field
from pydantic_core import PydanticCustomError


def _in_utc(moment: datetime | date) -> datetime | date:
    if not isinstance(moment, datetime):
        return moment
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError(
            "time_out_of_range", "The time lies outside of the years 1 to 9999 in UTC"
        ) from None


Moment = Annotated[AwareDatetime | date, Field(union_mode="left_to_right"), AfterValidator(_in_utc)]
"""A time with its offset, or a day; days are those of UTC."""


def first_moment(start: datetime | date) -> datetime:
    """The beginning of a range: a day counts from its first moment on."""
    return start if isinstance(start, datetime) else datetime.combine(start, time.min, UTC)


def last_moment(end: datetime | date) -> datetime:
    """The end of a range: a day counts to its last moment."""
    return end if isinstance(end, datetime) else datetime.combine(end, time.max, UTC)
