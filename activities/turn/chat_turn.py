"""The turn: context → stream → prose for readers → one transaction with everything the reply says."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog
from sqlalchemy import and_, or_, select, text, update
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.failures import explained
from activities.turn.context import read_context
from activities.turn.ending import (
    TurnEnd,
    drop_chunks,
    says_something,
    store_pilot,
    store_prose,
    store_turn,
    tell_failure,
    tell_reply,
    tell_stopped_unanswered,
)
from activities.turn.files import load_files
from activities.turn.outcome import store_reply
from activities.turn.publisher import ReplyPublisher
from activities.turn.streaming import Reply, heartbeating, stream_reply
from domain.conversation import degraded_line
from domain.markers import ParsedReply, parse_reply
from domain.pilot import PilotRejected, PilotUnavailable, TurnContext
from domain.session_state import SessionSnapshot
from domain.sessions import is_open
from domain.vocabulary import EventType, MessageRole, PilotProvider, TurnState
from infra.database.connection import Database
from infra.database.models import Message, ReplyChunk, Turn
from infra.pilots.factory import Pilots
from infra.session_record.messages import say
from infra.session_record.transaction import SessionTransaction, announce, finish, session_transaction
from infra.storage.store import ObjectStore
from workflows.troubleshooting_session.messages import CloseTurn, RunTurn

logger = structlog.get_logger()

LONGEST_RETRY_AFTER = 20.0

# One statement: a new turn, or another attempt of one that still runs, which takes its messages; a turn that has ended
# gives no row and takes none.
_BEGIN_TURN = text(
    """
    WITH turn AS (
      INSERT INTO turns (id, account_id, session_id, state, attempt, message_ids, provider, started_at)
      VALUES (:turn_id, :account_id, :session_id, 'running', :attempt, :message_ids, :provider, :now)
      ON CONFLICT (id) DO UPDATE SET attempt = EXCLUDED.attempt, provider = EXCLUDED.provider
        WHERE turns.state = 'running'
      RETURNING xmax = 0 AS is_new
    ), taken AS (
      UPDATE messages SET turn_state = 'running', turn_id = :turn_id, error_code = NULL, error_detail = NULL
      WHERE id = ANY(:message_ids) AND turn_state <> 'done' AND EXISTS (SELECT FROM turn)
    )
    SELECT is_new FROM turn
    """
)

# Nothing is taken when a newer run has these messages.
_END_MESSAGES = text(
    """
    UPDATE messages SET turn_state = :state
    WHERE id = ANY(:message_ids) AND turn_id = :turn_id AND turn_state = 'running'
    RETURNING id
    """
)


class TurnActivities:
    """Activities of a turn."""

    def __init__(self, database: Database, pilots: Pilots, storage: ObjectStore) -> None:
        self._database = database
        self._pilots = pilots
        self._storage = storage

    @activity.defn
    @explained
    async def chat_turn(self, request: RunTurn) -> SessionSnapshot:
        """Let the pilot answer. Stored once, however often it is attempted; stopping it keeps the prose so far."""
        attempt = activity.info().attempt
        pilot = self._pilots.fallback if request.use_fallback else self._pilots.primary
        context = await self._begin(request, attempt, pilot.provider)
        if isinstance(context, SessionSnapshot):
            return context
        publisher = ReplyPublisher(self._database, request)
        if attempt > 1 or request.use_fallback:
            await publisher.reset()
        reply = Reply()

        async def end(parsed: ParsedReply, *, stopped: bool) -> SessionSnapshot:
            return await self._end(request, context, reply, parsed, pilot.provider, attempt, stopped=stopped)

        try:
            async with heartbeating(reply):
                given = await load_files(self._storage, request.account_id, context)
                await stream_reply(pilot, given, publisher, reply)
                parsed = parse_reply(reply.raw)
                if parsed.says_nothing:
                    raise PilotUnavailable("The model sent an answer that could not be read.")
        except asyncio.CancelledError:
            details = activity.cancellation_details()
            if details is None or not details.cancel_requested:
                raise  # the worker is going down; another one takes the turn over
            return await asyncio.shield(end(parse_reply(reply.raw), stopped=True))
        except PilotUnavailable as error:
            raise ApplicationError(
                error.reason, type="pilot_unavailable", next_retry_delay=_delay(error.retry_after)
            ) from None
        except PilotRejected as error:
            raise ApplicationError(error.reason, type="pilot_rejected", non_retryable=True) from None
        return await end(parsed, stopped=False)

    async def _begin(
        self, request: RunTurn, attempt: int, provider: PilotProvider
    ) -> TurnContext | SessionSnapshot:
        """Mark the turn as running and read its context; a turn that has ended already answers its result."""
        async with session_transaction(self._database, request.account_id, request.session_id) as transaction:
            begun = await transaction.db.execute(
                _BEGIN_TURN,
                {
                    "turn_id": request.turn_id,
                    "account_id": request.account_id,
                    "session_id": request.session_id,
                    "attempt": attempt,
                    "message_ids": request.message_ids,
                    "provider": provider,
                    "now": transaction.now,
                },
            )
            turn = begun.one_or_none()
            if turn is None:
                return await finish(transaction)
            if turn.is_new:
                transaction.emit(
                    EventType.REPLY_STARTED,
                    {
                        "turn_id": str(request.turn_id),
                        "message_ids": [str(one) for one in request.message_ids],
                    },
                )
            context = await read_context(transaction.db, transaction.session, request.message_ids)
            await announce(transaction)
            return context

    async def _end(
        self,
        request: RunTurn,
        context: TurnContext,
        reply: Reply,
        parsed: ParsedReply,
        provider: PilotProvider,
        attempt: int,
        *,
        stopped: bool,
    ) -> SessionSnapshot:
        async with session_transaction(self._database, request.account_id, request.session_id) as transaction:
            ours = await transaction.db.execute(
                _END_MESSAGES,
                {
                    "state": TurnState.STOPPED if stopped else TurnState.DONE,
                    "message_ids": request.message_ids,
                    "turn_id": request.turn_id,
                },
            )
            if ours.first() is None:
                # A newer run has taken these messages over: what this one got is nobody's answer.
                logger.info("turn.superseded", turn_id=str(request.turn_id))
                return await finish(transaction)
            end = TurnEnd(
                request=request,
                context=context,
                reply=reply,
                parsed=parsed,
                provider=provider,
                attempt=attempt,
                # A session that was closed meanwhile keeps the words, but nothing in it changes any more.
                inert=stopped or not is_open(transaction.session.status),
            )
            if request.degraded_reason and transaction.session.pilot_degraded_reason is None:
                say(transaction, degraded_line(request.degraded_reason), role=MessageRole.SYSTEM)
            if stopped and not says_something(parsed):
                store_pilot(transaction, end)
                await store_turn(transaction, end, ignored=[])
                tell_stopped_unanswered(transaction, request.turn_id)
                return await finish(transaction)
            message = store_prose(
                transaction, request.turn_id, parsed, stopped=end.inert, stop_reason=end.stop_reason
            )
            ignored = [] if end.inert else await store_reply(transaction, parsed, request.message_ids)
            store_pilot(transaction, end)
            await store_turn(transaction, end, ignored)
            tell_reply(transaction, message, end.suggested_flows)
            return await finish(transaction)

    @activity.defn
    @explained
    async def close_turn(self, request: CloseTurn) -> SessionSnapshot:
        """End a turn that has no activity any more, so that the page can show it and offer a retry."""
        async with session_transaction(self._database, request.account_id, request.session_id) as transaction:
            state = TurnState.STOPPED if request.stopped else TurnState.FAILED
            changed = await transaction.db.execute(
                update(Message)
                .where(
                    Message.id.in_(request.message_ids),
                    or_(
                        Message.turn_state.in_([TurnState.QUEUED, TurnState.RUNNING]),
                        # Failed in an earlier turn; those of this one were told when it was closed.
                        and_(
                            Message.turn_state == TurnState.FAILED,
                            Message.turn_id.is_distinct_from(request.turn_id),
                        ),
                    ),
                )
                .values(turn_state=state, turn_id=request.turn_id, **_error(request))
                .returning(Message.id)
            )
            if changed.first() is not None:
                published = await self._end_row(transaction, request, state)
                if not request.stopped:
                    tell_failure(transaction, request.turn_id, request.code, request.detail[:1000])
                elif says_something(published):
                    message = store_prose(transaction, request.turn_id, published, stopped=True)
                    tell_reply(transaction, message, suggested_flows=[])
                else:
                    tell_stopped_unanswered(transaction, request.turn_id)
            return await finish(transaction)

    async def _end_row(
        self, transaction: SessionTransaction, request: CloseTurn, state: TurnState
    ) -> ParsedReply:
        """End the turn itself; answers what it had published, whose pieces are gone now."""
        await transaction.db.execute(
            update(Turn)
            .where(Turn.id == request.turn_id)
            .values(state=state, finished_at=transaction.now, **_error(request))
        )
        pieces = await transaction.db.execute(
            select(ReplyChunk.text).where(ReplyChunk.turn_id == request.turn_id).order_by(ReplyChunk.position)
        )
        published = parse_reply("".join(pieces.scalars()))
        await drop_chunks(transaction, request.turn_id)
        return published


def _error(request: CloseTurn) -> dict[str, str]:
    """What is kept of a failure; a stop is none."""
    return {} if request.stopped else {"error_code": request.code, "error_detail": request.detail[:1000]}


def _delay(seconds: float | None) -> timedelta | None:
    """What the provider asked for, within what an engineer will wait before the playbook takes over."""
    return None if seconds is None else timedelta(seconds=min(seconds, LONGEST_RETRY_AFTER))
