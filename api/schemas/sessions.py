"""Bodies and answers of session routes."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from api.schemas.common import MESSAGE_LIMIT, Body, FilledText, Page, PlainText, ShortText, not_blank
from domain.resources import (
    FactResource,
    FixResource,
    LaneItemResource,
    MessageResource,
    SessionResource,
    SuggestedFlow,
)
from domain.uploads import UPLOADS_PER_MESSAGE
from domain.vocabulary import SessionStatus

MessageText = Annotated[FilledText, StringConstraints(max_length=MESSAGE_LIMIT)]
OptionalText = Annotated[PlainText, StringConstraints(max_length=MESSAGE_LIMIT)]
Reason = Annotated[ShortText, StringConstraints(max_length=500)]


def _each_upload_once(ids: list[UUID]) -> list[UUID]:
    if len(set(ids)) < len(ids):
        raise PydanticCustomError("upload_twice", "A file is named twice in one message")
    return ids


UploadIds = Annotated[list[UUID], Field(max_length=UPLOADS_PER_MESSAGE), AfterValidator(_each_upload_once)]


class StartSessionBody(Body):
    """Start from a text, a ticket, files, or all of them.

    Without a connection id the account's only connection is meant.
    """

    text: MessageText | None = None
    upload_ids: UploadIds = Field(default_factory=list)
    psa_connection_id: UUID | None = None
    psa_ticket_id: Annotated[str, StringConstraints(pattern=r"^\d{1,12}$")] | None = None
    title: Annotated[ShortText, StringConstraints(max_length=200)] | None = None


class MessageBody(Body):
    """A message. Beside a file the text may be empty."""

    upload_ids: UploadIds = Field(default_factory=list)
    text: OptionalText

    @field_validator("text")
    @classmethod
    def _says_something(cls, text: str, info: ValidationInfo) -> str:
        return text if info.data.get("upload_ids") else not_blank(text)


class MessageAccepted(BaseModel):
    """The message is stored; the pilot's answer comes over the event stream."""

    message_id: UUID
    seq: int


class ItemAnswerBody(Body):
    item_id: UUID
    answer: OptionalText | None = None
    output: OptionalText | None = None
    skipped: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> ItemAnswerBody:
        said = bool((self.answer or "").strip() or (self.output or "").strip())
        if said == self.skipped:
            raise PydanticCustomError("answer_or_skip", "Give an answer or an output, or skip the item")
        return self


class AnswerItemsBody(Body):
    """Answers to several questions and checks go to the pilot as one message."""

    items: Annotated[list[ItemAnswerBody], Field(min_length=1, max_length=20)]

    @model_validator(mode="after")
    def _each_once(self) -> AnswerItemsBody:
        ids = [item.item_id for item in self.items]
        if len(set(ids)) < len(ids):
            raise PydanticCustomError("item_twice", "An item is answered twice in one request")
        return self


class ReasonBody(Body):
    reason: Reason | None = None


class RunningTurn(BaseModel):
    """A reply in progress. `text` is the prose so far."""

    turn_id: UUID
    text: str


class SessionCounts(BaseModel):
    facts: int
    open_questions: int
    open_checks: int


class Briefing(BaseModel):
    """What the next engineer of an escalated session reads first: the package as it was confirmed."""

    markdown: str
    reason: str | None = None
    escalated_by_name: str | None = None
    escalated_at: AwareDatetime


class Person(BaseModel):
    """Somebody of the account, as a page names them."""

    user_id: UUID
    name: str


class MessagePage(Page[MessageResource]):
    """A page of messages, with the names of those who wrote them."""

    people: list[Person]


class SessionDetail(BaseModel):
    """Everything a page needs of a session. `last_event_seq` is where its event stream goes on."""

    session: SessionResource
    messages: list[MessageResource] = Field(description="The latest ones, oldest first.")
    older_cursor: str | None = Field(None, description="Pass as `before` to get older messages.")
    lane: list[LaneItemResource] = Field(
        description="Every open item and the latest 100 others, in the order in which they were first asked."
    )
    closed_items_cursor: str | None = Field(
        None, description="Pass as `cursor` to list the items that are no longer open and left out of `lane`."
    )
    facts: list[FactResource] = Field(description="Every fact that stands, oldest first.")
    active_fix: FixResource | None = None
    counts: SessionCounts
    running_turn: RunningTurn | None = None
    suggested_flows: list[SuggestedFlow] = Field(
        default_factory=list, description="The team's flows that fit what was said last, best first."
    )
    people: list[Person] = Field(
        description="Who worked the session, noted facts, or wrote one of the messages shown, by name."
    )
    last_event_seq: int
    briefing: Briefing | None = Field(None, description="Set once the session has been escalated.")


class SessionRow(BaseModel):
    """A session in a list."""

    session: SessionResource
    engineer_name: str


class StatusAnswer(BaseModel):
    """Where the session stands after the command."""

    status: SessionStatus
    state_version: int


class ChatAnswer(BaseModel):
    """The pilot's whole reply, for callers that do not stream."""

    reply: str
    questions: list[LaneItemResource]
    actions: list[LaneItemResource]
    facts: list[FactResource]
    suggested_fix: FixResource | None = None
    suggested_flows: list[SuggestedFlow] = Field(
        default_factory=list, description="The team's flows that fit what was said, best first."
    )
    diagnostics: dict[str, object]
