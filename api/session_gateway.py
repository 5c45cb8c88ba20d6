"""Sending one message to a session's workflow, and reading what it answers as an answer of the API."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

import structlog
from pydantic import BaseModel, ValidationError
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import Priority, SearchAttributePair, TypedSearchAttributes, WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from api.problems import STATUS_OF_KIND, ApiProblem, unavailable
from domain.errors import ViolationKind
from domain.vocabulary import SessionStatus
from infra.config import Settings
from infra.storage.store import StorageUnavailable
from infra.temporal.payload_keys import PayloadUnreadable
from workflows.search_attributes import ACCOUNT_ID, ENGINEER_ID
from workflows.task_queues import SESSIONS
from workflows.troubleshooting_session.messages import (
    WORKFLOW_TYPE,
    SessionInput,
    SnapshotView,
    session_workflow_id,
)

logger = structlog.get_logger()

R = TypeVar("R", bound=BaseModel)

ANSWER_WITHIN = 15.0
"""Seconds to wait for a command. One that takes longer goes on, and the same key gets its answer later."""

_AGAIN = frozenset({RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION, RPCStatusCode.ABORTED})
_ATTEMPTS = 4
_VIEW_WITHIN = timedelta(seconds=5)
_NO_VIEW = (WorkflowQueryFailedError, ValidationError, PayloadUnreadable)
"""Why a run that was asked what it knows has not told it."""
_LOOKS = 6
"""How often a run that was reminded is asked what it knows, over three seconds."""


@dataclass(frozen=True)
class _Update(Generic[R]):
    """One update on its way to a session's workflow."""

    name: str
    message: BaseModel
    result: type[R]
    account_id: UUID
    session_id: UUID
    engineer_id: UUID
    update_id: str
    fresh: bool


class SessionGateway:
    """Updates to session workflows. A workflow that is not there is started from its rows by the same call."""

    def __init__(self, client: Client, settings: Settings) -> None:
        self._client = client
        self._settings = settings

    async def send(
        self,
        update: str,
        message: BaseModel,
        result: type[R],
        *,
        account_id: UUID,
        session_id: UUID,
        engineer_id: UUID,
        update_id: str,
        fresh: bool = False,
        answer_within: float = ANSWER_WITHIN,
    ) -> R:
        """Send an update and wait for its answer. Raises ApiProblem with the code of the refusal, or 503."""
        sent = _Update(update, message, result, account_id, session_id, engineer_id, update_id, fresh)
        for attempt in range(_ATTEMPTS):
            try:
                async with asyncio.timeout(answer_within):
                    return await self._send_once(sent)
            except WorkflowUpdateFailedError as error:
                cause = error.cause
                if not isinstance(cause, ApplicationError):
                    raise unavailable(
                        "session_unavailable", "The session was interrupted. Send it again."
                    ) from error
                if cause.type == "AcceptedUpdateCompletedWorkflow" and attempt + 1 < _ATTEMPTS:
                    continue  # the run ended under the update; the next run takes it
                raise _refused(cause) from error
            except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
                raise unavailable(
                    "still_processing",
                    "The request was taken and is still being worked on. Send it again with the same Idempotency-Key "
                    "to get its answer.",
                ) from error
            except PayloadUnreadable as error:
                logger.error("api.payload_unreadable", error=type(error).__name__, reason=str(error))
                raise unavailable(
                    "payload_unreadable",
                    "This server cannot read the session's answer until its secret keys are complete. Nothing is lost; "
                    "tell your administrator and send it again later.",
                    retry_after=30,
                ) from error
            except StorageUnavailable as error:
                raise unavailable(
                    "storage_unavailable", "The file store cannot be reached. Try again in a moment."
                ) from error
            except RPCError as error:
                if error.status in _AGAIN and attempt + 1 < _ATTEMPTS:
                    await asyncio.sleep(0.05 * 2**attempt)
                    continue
                raise _unreachable(error) from error
            except RuntimeError as error:
                # A lazy client reports a server it cannot connect to this way.
                raise _unreachable(error) from error
        raise unavailable("session_unavailable", "The session was interrupted. Send it again.")

    async def _send_once(self, sent: _Update[R]) -> R:
        """Most sessions have a running workflow, and updating it costs less than update-with-start.

        Only where there is none is it started, by the same atomic call that delivers the update.
        """
        if not sent.fresh:
            handle = self._client.get_workflow_handle(session_workflow_id(sent.session_id))
            try:
                updated: R = await handle.execute_update(
                    sent.name, sent.message, id=sent.update_id, result_type=sent.result
                )
                return updated
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise
        answer: R = await self._client.execute_update_with_start_workflow(
            sent.name,
            sent.message,
            id=sent.update_id,
            start_workflow_operation=self._start(sent),
            result_type=sent.result,
        )
        return answer

    async def wake(self, account_id: UUID, session_id: UUID, engineer_id: UUID) -> bool:
        """Start the session's workflow from its rows unless it runs. Answers whether it had to be started.

        Raises RPCError or RuntimeError when Temporal cannot be reached.
        """
        try:
            await self._client.start_workflow(
                WORKFLOW_TYPE,
                self._input(account_id, session_id),
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                **_start_options(account_id, session_id, engineer_id),
            )
        except WorkflowAlreadyStartedError:
            return False
        return True

    async def remind(self, session_id: UUID, last_seq: int, spin_offs: Sequence[UUID] = ()) -> bool:
        """Have a run that lives read its rows when it does not know of the event `last_seq`. Answers if that was so.

        Or when it does not create one of these second tickets: of those a newer state tells it nothing.

        A command may be stored by a worker and be lost to its run, when worker and server die together. A run that
        does not answer in time, or in the words of another version, is left alone. Raises RPCError or RuntimeError
        when Temporal cannot be reached.
        """
        try:
            view = await self._view(session_id)
        except (*_NO_VIEW, RPCError) as error:
            logger.info("session.not_asked", session_id=str(session_id), error=type(error).__name__)
            return False
        if view.snapshot is None or _is_at_work(view):
            return False
        if view.snapshot.seq >= last_seq and _creates(view, spin_offs):
            return False
        await self._tell_to_read(session_id)
        return True

    async def catch_up(self, session_id: UUID, last_seq: int, status: SessionStatus) -> None:
        """Wait a moment until a run that has refused something knows what is stored: its last event, its status.

        A run that does not answer is not waited for. Raises ApiProblem 503 for one that does, and still does not know:
        what it refused it may have to take.
        """
        try:
            view = await self._view(session_id)
            if not _is_behind(view, last_seq, status):
                return
            if not _is_at_work(view):
                await self._tell_to_read(session_id)
            for attempt in range(_LOOKS):
                await asyncio.sleep(0.05 * 2**attempt)
                if not _is_behind(await self._view(session_id), last_seq, status):
                    return
        except (*_NO_VIEW, RPCError, RuntimeError) as error:
            logger.info("session.not_reminded", session_id=str(session_id), error=type(error).__name__)
            return
        raise unavailable(
            "session_catching_up", "The session is taking note of what has just been stored. Send it again."
        )

    async def _tell_to_read(self, session_id: UUID) -> None:
        await self._client.get_workflow_handle(session_workflow_id(session_id)).signal("read_rows")

    async def _view(self, session_id: UUID) -> SnapshotView:
        view: SnapshotView = await self._client.get_workflow_handle(session_workflow_id(session_id)).query(
            "snapshot", result_type=SnapshotView, rpc_timeout=_VIEW_WITHIN
        )
        return view

    def _start(self, sent: _Update[R]) -> WithStartWorkflowOperation[object, None]:
        return WithStartWorkflowOperation(
            WORKFLOW_TYPE,
            self._input(sent.account_id, sent.session_id, fresh=sent.fresh),
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            **_start_options(sent.account_id, sent.session_id, sent.engineer_id),
        )

    def _input(self, account_id: UUID, session_id: UUID, *, fresh: bool = False) -> SessionInput:
        return SessionInput(
            account_id=account_id,
            session_id=session_id,
            fresh=fresh,
            inactivity_seconds=self._settings.inactivity_minutes * 60,
            linger_seconds=self._settings.linger_minutes * 60,
        )


def _is_at_work(view: SnapshotView) -> bool:
    """A turn and a writeback tell what they have stored when they end."""
    return view.turn_running or (view.snapshot is not None and view.snapshot.running_writeback is not None)


def _creates(view: SnapshotView, spin_offs: Sequence[UUID]) -> bool:
    known = view.spin_offs_under_way
    return known is None or set(spin_offs) <= set(known)


def _is_behind(view: SnapshotView, last_seq: int, status: SessionStatus) -> bool:
    """Whether a run judges by less than what is stored.

    While it is at work that is usual, and wrong only where the session stands elsewhere by now.
    """
    known = view.snapshot
    if known is None or known.seq >= last_seq:
        return False
    return known.status is not status or not _is_at_work(view)


def _start_options(account_id: UUID, session_id: UUID, engineer_id: UUID) -> dict[str, Any]:
    """How a session's workflow is started, whoever starts it."""
    return {
        "id": session_workflow_id(session_id),
        "task_queue": SESSIONS,
        "static_summary": "troubleshooting session",
        "task_timeout": timedelta(seconds=10),
        # Its tasks and steps: a server with fairness hands them out by turns of the accounts.
        "priority": Priority(fairness_key=str(account_id)),
        "search_attributes": TypedSearchAttributes(
            [
                SearchAttributePair(ACCOUNT_ID, str(account_id)),
                SearchAttributePair(ENGINEER_ID, str(engineer_id)),
            ]
        ),
    }


def _refused(cause: ApplicationError) -> ApiProblem:
    kind = cause.details[0] if cause.details else None
    try:
        status = STATUS_OF_KIND[ViolationKind(str(kind))]
    except ValueError:
        # Not one of our refusals: a defect, or a step that ran out of time.
        status = 500 if cause.type == "internal_error" else 503
    return ApiProblem(status, cause.type or "refused", cause.message)


def _unreachable(error: Exception) -> ApiProblem:
    status = error.status.name if isinstance(error, RPCError) and error.status else type(error).__name__
    logger.warning("api.temporal_unavailable", status=status)
    # Too many at once, or as many as one run takes: the next run begins when those under way have ended.
    if status in (RPCStatusCode.RESOURCE_EXHAUSTED.name, RPCStatusCode.FAILED_PRECONDITION.name):
        return unavailable(
            "session_busy", "The session has too many requests at once. Try again in a moment."
        )
    return unavailable(
        "temporal_unavailable",
        "The workflow engine cannot be reached. Nothing is lost; try again in a moment.",
    )
