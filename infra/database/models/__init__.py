"""All tables. Import models from here, so that the metadata is always complete."""

from infra.database.models.accounts import Account, Invite, LoginSession, RefreshToken, User
from infra.database.models.base import Base
from infra.database.models.conversation import LlmCall, Message, ReplyChunk, Turn
from infra.database.models.findings import Artifact, DraftTemplate, Fact, Fix, LaneItem
from infra.database.models.knowledge import FlowRecord, ScriptTemplate
from infra.database.models.psa import FlowpilotSettings, MemberMapping, PsaConnection, TicketSnapshot
from infra.database.models.security import AuditEntry, RateLimitState, RecoveryCode, TwoFactor
from infra.database.models.sessions import Session, SessionDigest, SessionEvent, SessionSearchText
from infra.database.models.sharing import ShareLink, Upload
from infra.database.models.tickets import SpinOffTicket, Writeback

__all__ = [
    "Account",
    "Artifact",
    "AuditEntry",
    "Base",
    "DraftTemplate",
    "Fact",
    "Fix",
    "FlowRecord",
    "FlowpilotSettings",
    "Invite",
    "LaneItem",
    "LlmCall",
    "LoginSession",
    "MemberMapping",
    "Message",
    "PsaConnection",
    "RateLimitState",
    "RecoveryCode",
    "RefreshToken",
    "ReplyChunk",
    "ScriptTemplate",
    "Session",
    "SessionDigest",
    "SessionEvent",
    "SessionSearchText",
    "ShareLink",
    "SpinOffTicket",
    "TicketSnapshot",
    "Turn",
    "TwoFactor",
    "Upload",
    "User",
    "Writeback",
]
