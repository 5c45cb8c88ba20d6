"""The rows that the end of a turn writes: the words, the turn itself, what it cost, and whether a digest is due."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

import structlog
from pydantic import JsonValue
from sqlalchemy import bindparam, delete, text
from sqlalchemy.dialects.postgresql import JSONB

from activities.llm_calls import llm_call_row
from activities.turn.streaming import Reply
from domain.history import is_outgrown
from domain.markers import ParsedReply
from domain.pilot import TurnContext
from domain.resources import SuggestedFlow
from domain.sessions import is_open
from domain.vocabulary import EventType, MessageRole, PilotProvider, TurnState
from infra.database.models import Message, ReplyChunk
from infra.database.resources import message_resource
from infra.session_record.messages import add_message
from infra.session_record.transaction import Json, SessionTransaction
from workflows.troubleshooting_session.messages import RunTurn

logger = structlog.get_logger()

CUT_BY_US = "too_long"
"""Stop reason of a reply that the product cut because it did not end."""
WHOLE = ("end_turn", "stop_sequence")
STOPPED = "reply_stopped"
"""Code of a turn that somebody stopped before the pilot said anything."""

# The pieces of a reply in progress are no longer needed when the reply stands as a message.
_END_TURN = text(
    """
    WITH dropped AS (DELETE FROM reply_chunks WHERE turn_id = :turn_id)
    UPDATE turns SET state = :state, model = :model, stop_reason = :stop_reason, diagnostics = :diagnostics,
      suggested_flows = :suggested_flows, finished_at = :now
    WHERE id = :turn_id
    """
).bindparams(bindparam("diagnostics", type_=JSONB), bindparam("suggested_flows", type_=JSONB))


@dataclass(frozen=True)
class TurnEnd:
    """How a turn went. `inert`: its words are kept, and nothing in the session changes any more."""

    request: RunTurn
    context: TurnContext
    reply: Reply
    parsed: ParsedReply
    provider: PilotProvider
    attempt: int
    inert: bool

    @property
    def stop_reason(self) -> str | None:
        """Why the model stopped; None where it was stopped."""
        if self.reply.cut:
            return CUT_BY_US
        return self.reply.end.stop_reason if self.reply.end else None

    @property
    def suggested_flows(self) -> list[JsonValue]:
        """The flows that fit what was said, best first; not one that is only at hand because it is in use."""
        return [
            SuggestedFlow(id=found.flow.id, title=found.flow.title, score=round(found.score, 4)).model_dump(
                mode="json"
            )
            for found in self.context.flows
            if found.score > 0
        ]


def store_prose(
    transaction: SessionTransaction,
    turn_id: UUID,
    parsed: ParsedReply,
    *,
    stopped: bool,
    stop_reason: str | None = None,
) -> Message:
    """Add the reply to the conversation."""
    message = Message(
        id=uuid4(),
        account_id=transaction.session.account_id,
        session_id=transaction.session.id,
        seq=transaction.reserve_seq(),
        role=MessageRole.PILOT,
        text=parsed.prose,
        turn_id=turn_id,
        turn_state=TurnState.STOPPED if stopped else TurnState.DONE,
        stop_reason=None if stop_reason in WHOLE else stop_reason,
        created_at=transaction.now,
    )
    # The reply's own event comes last, after what it changed.
    return add_message(transaction, message)


def says_something(parsed: ParsedReply) -> bool:
    """Whether a reply that was stopped had come to words, which are kept; without any it leaves no message."""
    return bool(parsed.prose.strip())


def tell_reply(transaction: SessionTransaction, message: Message, suggested_flows: list[JsonValue]) -> None:
    """The turn has ended with a reply, whole or stopped."""
    transaction.emit(
        EventType.REPLY_COMPLETED,
        {
            "turn_id": str(message.turn_id),
            "message": message_resource(message).model_dump(mode="json", exclude_none=True),
            "suggested_flows": suggested_flows,
        },
    )


def tell_stopped_unanswered(transaction: SessionTransaction, turn_id: UUID) -> None:
    """The turn was stopped before the pilot said anything: whoever stopped it may let it run again."""
    tell_failure(transaction, turn_id, STOPPED, "The reply was stopped.")


def tell_failure(transaction: SessionTransaction, turn_id: UUID, code: str, detail: str) -> None:
    """The turn has ended without a reply."""
    transaction.emit(
        EventType.REPLY_FAILED,
        {
            "turn_id": str(turn_id),
            "code": code,
            "detail": detail,
            "retryable": is_open(transaction.session.status),
        },
    )


def store_pilot(transaction: SessionTransaction, end: TurnEnd) -> None:
    """Who answered and what it remembers; and whether the history has outgrown what a turn should carry."""
    session = transaction.session
    session.pilot_provider = end.provider
    reason = end.request.degraded_reason
    session.pilot_degraded_reason = reason[:500] if reason else None
    if not end.inert and end.reply.end is not None and end.reply.end.pilot_state is not None:
        session.pilot_state = end.reply.end.pilot_state
    said = [len(one.text) for one in end.context.history] + [len(one.text) for one in end.context.inputs]
    session.digest_due = session.digest_due or is_outgrown([*said, len(end.parsed.prose)])


async def store_turn(transaction: SessionTransaction, end: TurnEnd, ignored: list[str]) -> None:
    """The turn with its diagnostics, which say what was dropped and why, never what was said; its pieces are gone."""
    found: Json = end.parsed.diagnostics.model_dump(mode="json")
    await transaction.db.execute(
        _END_TURN,
        {
            "turn_id": end.request.turn_id,
            "state": TurnState.STOPPED if end.inert else TurnState.DONE,
            "model": end.reply.end.model if end.reply.end else None,
            "stop_reason": end.stop_reason,
            "diagnostics": found | {"ignored": ignored, "cut": end.reply.cut},
            "suggested_flows": end.suggested_flows,
            "now": transaction.now,
        },
    )
    if end.reply.end is not None:
        transaction.db.add(
            llm_call_row(
                account_id=end.request.account_id,
                session_id=end.request.session_id,
                turn_id=end.request.turn_id,
                action="chat_turn",
                provider=end.reply.end.provider,
                model=end.reply.end.model,
                usage=end.reply.end.usage,
                seconds=end.reply.seconds,
                attempt=end.attempt,
            )
        )
    logger.info(
        "turn.ended",
        provider=end.provider.value,
        attempt=end.attempt,
        stop_reason=end.stop_reason,
        stopped=end.inert,
        format_miss=end.parsed.diagnostics.format_miss,
        dropped=end.parsed.diagnostics.dropped_count,
        ignored=len(ignored),
    )


async def drop_chunks(transaction: SessionTransaction, turn_id: UUID) -> None:
    """The pieces of a reply in progress are no longer needed when the reply stands as a message."""
    await transaction.db.execute(delete(ReplyChunk).where(ReplyChunk.turn_id == turn_id))
