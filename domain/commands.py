"""Commands of a session, and how they are recorded: exactly once, whoever stores them."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, ConfigDict

from domain.session_state import SessionSnapshot


class Command(BaseModel):
    """Part of every message that changes something.

    `command_id` makes it exactly once; `request_hash` tells a repeat from another request under the same id.
    """

    model_config = ConfigDict(frozen=True)

    command_id: str
    request_hash: str
    account_id: UUID
    session_id: UUID
    actor_id: UUID


class CommandAck(BaseModel):
    """Answer to a command: the number of the event that recorded it, and the hash of the request that did."""

    model_config = ConfigDict(frozen=True)

    seq: int
    request_hash: str
    entity_id: UUID | None = None


class Recorded(BaseModel):
    """Result of an activity that recorded a command."""

    model_config = ConfigDict(frozen=True)

    ack: CommandAck
    snapshot: SessionSnapshot
