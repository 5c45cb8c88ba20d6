"""Bodies of the routes of facts."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from api.schemas.common import Body, FilledText, PlainText, ShortText
from domain.facts import FACT_SUMMARY_LIMIT, FACT_TEXT_LIMIT, RAW_INPUT_LIMIT
from domain.vocabulary import FactSource

FactText = Annotated[FilledText, StringConstraints(max_length=FACT_TEXT_LIMIT)]
FactSummary = Annotated[ShortText, StringConstraints(max_length=FACT_SUMMARY_LIMIT)]


class AddFactBody(Body):
    text: FactText
    summary: FactSummary | None = None


class EditFactBody(Body):
    """What is absent or null stays as it is; at least one of the two is given."""

    text: FactText | None = None
    summary: Annotated[PlainText, StringConstraints(max_length=FACT_SUMMARY_LIMIT)] | None = Field(
        None, description="An empty summary removes it."
    )


class PromoteFactBody(Body):
    """Exactly one of `proposed_text` and `raw_input`.

    A note of the engineer (`user_note`) is added, not promoted: 400 `promotion_source_invalid`.
    """

    source_type: FactSource
    source_ref: UUID | None = Field(
        None, description="The question or check it comes from; never with `ai_synthesis`."
    )
    proposed_text: FactText | None = Field(None, description="The fact as it is to be stored.")
    raw_input: Annotated[PlainText, StringConstraints(max_length=RAW_INPUT_LIMIT)] | None = Field(
        None, description="An answer or an output; one statement is made of it."
    )
    proposed_summary: FactSummary | None = Field(
        None, description="3 to 7 words on what it rules in or out. Made from `raw_input` when absent."
    )
