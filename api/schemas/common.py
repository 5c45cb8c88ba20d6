"""Types that several bodies share."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

T = TypeVar("T")


class Body(BaseModel):
    """A request body: unknown fields are refused, so that a typing error is seen."""

    model_config = ConfigDict(extra="forbid")


def storable(text: str) -> str:
    """Refuse what does not fit into the database."""
    if "\x00" in text:
        raise PydanticCustomError(
            "nul_character", "The text contains a NUL character, which cannot be stored"
        )
    try:
        text.encode()
    except UnicodeEncodeError:
        raise PydanticCustomError(
            "lone_surrogate", "The text contains half of a surrogate pair, which is not valid Unicode"
        ) from None
    return text


def not_blank(text: str) -> str:
    """Refuse a text with nothing in it."""
    if not text.strip():
        raise PydanticCustomError("blank", "The text is empty")
    return text


PlainText = Annotated[str, AfterValidator(storable)]
"""Text that fits into the database."""

FilledText = Annotated[str, AfterValidator(storable), AfterValidator(not_blank)]
"""Text with something in it."""

ShortText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(storable)]

MESSAGE_LIMIT = 20_000
NOTE_LIMIT = 20_000


class Page(BaseModel, Generic[T]):
    """A page of a list. `next_cursor` is opaque; null on the last page."""

    items: list[T]
    next_cursor: str | None = Field(None, description="Pass as `cursor` to get the next page.")
