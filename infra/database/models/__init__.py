"""All tables. Import models from here, so that the metadata is always complete."""

from infra.database.models.accounts import Account, RefreshToken, User
from infra.database.models.base import Base
from infra.database.models.knowledge import FlowRecord, ScriptTemplate
from infra.database.models.psa import FlowpilotSettings, MemberMapping, PsaConnection, TicketSnapshot
from infra.database.models.sessions import (
    Artifact,
    Fact,
    Fix,
    LaneItem,
    LlmCall,
    Message,
    ReplyChunk,
    Session,
    SessionEvent,
    Turn,
    Writeback,
)

__all__ = [
    "Account",
    "Artifact",
    "Base",
    "Fact",
    "Fix",
    "FlowRecord",
    "FlowpilotSettings",
    "LaneItem",
    "LlmCall",
    "MemberMapping",
    "Message",
    "PsaConnection",
    "RefreshToken",
    "ReplyChunk",
    "ScriptTemplate",
    "Session",
    "SessionEvent",
    "TicketSnapshot",
    "Turn",
    "User",
    "Writeback",
]
