"""Working one session by messages to its workflow, and looking at its rows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

import pytest
from pydantic import BaseModel
from sqlalchemy import select
from temporalio.client import Client, WithStartWorkflowOperation, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
)
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from domain.commands import Command, CommandAck
from domain.psa import TicketDetail
from domain.vocabulary import ArtifactKind, EventType, FixOutcome, MessageRole, TurnState, UpdateAudience
from infra.database.connection import Database
from infra.database.models import (
    Artifact,
    Fact,
    Fix,
    LaneItem,
    Message,
    Session,
    SessionEvent,
    TicketSnapshot,
    Writeback,
)
from tests.support.pilots import Script
from tests.support.tenants import Tenant
from tests.support.waiting import until
from workflows.search_attributes import ACCOUNT_ID
from workflows.task_queues import SESSIONS
from workflows.troubleshooting_session.messages import (
    WORKFLOW_TYPE,
    AddFact,
    ChangeStatus,
    EngineerMessage,
    EscalateSession,
    FixApplied,
    FixOutcomeClick,
    OpenSession,
    PreviewReady,
    PreviewRequest,
    ResolveSession,
    RetryTurn,
    RetryWriteback,
    SessionInput,
    ShareUpdate,
    SnapshotView,
    StopTurn,
    WritebackAnswer,
    session_workflow_id,
)

R = TypeVar("R", bound=BaseModel)
C = TypeVar("C", bound=Command)
Row = TypeVar("Row", Message, SessionEvent, Fact, Fix, LaneItem, Artifact, Writeback)

_BUSY = (TurnState.QUEUED, TurnState.RUNNING)


class WorkedSession:
    """One session. Every command goes out as update-with-start, as the API sends it."""

    def __init__(self, temporal: Client, database: Database, tenant: Tenant, **input_changes: Any) -> None:
        self.temporal = temporal
        self.database = database
        self.tenant = tenant
        self.id = uuid4()
        self.script = Script(())
        self.task_timeout = timedelta(seconds=10)
        """How long a worker that took a task of the workflow may be silent before another one gets it."""
        self.run_ids: list[str] = []
        """Runs that took a command, oldest first. Runs that continue one of them may be missing here."""
        self.writebacks_seen: set[int] = set()
        self._input_changes = input_changes

    # --- sending ---

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        return self.temporal.get_workflow_handle(session_workflow_id(self.id))

    def command(self, kind: type[C], *, command_id: str | None = None, **fields: Any) -> C:
        """A command of the account's engineer, by default under an id of its own."""
        return kind(
            **{
                "command_id": command_id or str(uuid4()),
                "request_hash": f"hash of {kind.__name__}",
                "account_id": self.tenant.account_id,
                "session_id": self.id,
                "actor_id": self.tenant.user_id(),
                **fields,
            }
        )

    async def start_untold(self) -> None:
        """Start a run for a new session as the API does, without the command that opens it."""
        await self.temporal.start_workflow(
            WORKFLOW_TYPE,
            SessionInput(account_id=self.tenant.account_id, session_id=self.id, fresh=True),
            id=session_workflow_id(self.id),
            task_queue=SESSIONS,
        )

    async def send(
        self,
        update: str,
        message: BaseModel,
        result: type[R],
        *,
        update_id: str | None = None,
        fresh: bool = False,
    ) -> R:
        """Send an update and wait for its answer; a workflow that is not there is started."""
        if update_id is None and isinstance(message, Command):
            update_id = message.command_id
        start: WithStartWorkflowOperation[object, None] = WithStartWorkflowOperation(
            WORKFLOW_TYPE,
            SessionInput(
                account_id=self.tenant.account_id, session_id=self.id, fresh=fresh, **self._input_changes
            ),
            id=session_workflow_id(self.id),
            task_queue=SESSIONS,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            task_timeout=self.task_timeout,
            search_attributes=TypedSearchAttributes(
                [SearchAttributePair(ACCOUNT_ID, str(self.tenant.account_id))]
            ),
        )
        answer: R = await self.temporal.execute_update_with_start_workflow(
            update, message, id=update_id, start_workflow_operation=start, result_type=result
        )
        run_id = (await start.workflow_handle()).first_execution_run_id
        if run_id is not None and run_id not in self.run_ids:
            self.run_ids.append(run_id)
        return answer

    async def open(self, text: str | None = None, *, ticket: TicketDetail | None = None) -> CommandAck:
        """Make the session; with a ticket the snapshot of it is stored first, as the API does."""
        link: dict[str, Any] = {}
        if ticket is not None:
            assert self.tenant.connection_id is not None
            async with self.database.tenant(self.tenant.account_id) as db:
                await db.merge(
                    TicketSnapshot(
                        account_id=self.tenant.account_id,
                        connection_id=self.tenant.connection_id,
                        ticket_id=ticket.id,
                        document=ticket.model_dump(mode="json"),
                        fetched_at=datetime.now(UTC),
                    )
                )
            link = {"psa_connection_id": self.tenant.connection_id, "psa_ticket_id": ticket.id}
        command = self.command(OpenSession, text=text, **link)
        return await self.send("open_session", command, CommandAck, fresh=True)

    async def say(self, text: str, *, settle: bool = True, **fields: Any) -> CommandAck:
        ack = await self.send(
            "engineer_message", self.command(EngineerMessage, text=text, **fields), CommandAck
        )
        if settle:
            await self.settled()
        return ack

    async def add_fact(self, text: str, **fields: Any) -> CommandAck:
        return await self.send("add_fact", self.command(AddFact, text=text, **fields), CommandAck)

    async def apply(self, fix: Fix, **fields: Any) -> CommandAck:
        return await self.send("fix_applied", self.command(FixApplied, fix_id=fix.id, **fields), CommandAck)

    async def judge(self, fix: Fix, outcome: FixOutcome, notes: str | None = None) -> CommandAck:
        click = self.command(FixOutcomeClick, fix_id=fix.id, outcome=outcome, notes=notes)
        return await self.send("fix_outcome", click, CommandAck)

    async def change(self, update: str, **fields: Any) -> CommandAck:
        """Pause, resume or abandon."""
        return await self.send(update, self.command(ChangeStatus, **fields), CommandAck)

    async def stop(self) -> CommandAck:
        return await self.send("stop_turn", self.command(StopTurn), CommandAck)

    async def retry(self) -> CommandAck:
        ack = await self.send("retry_turn", self.command(RetryTurn), CommandAck)
        await self.settled()
        return ack

    def preview_request(
        self, kind: ArtifactKind = ArtifactKind.RESOLUTION_NOTE, *, force: bool = False
    ) -> PreviewRequest:
        return PreviewRequest(account_id=self.tenant.account_id, session_id=self.id, kind=kind, force=force)

    async def preview(
        self, kind: ArtifactKind = ArtifactKind.RESOLUTION_NOTE, *, force: bool = False
    ) -> PreviewReady:
        return await self.send("preview", self.preview_request(kind, force=force), PreviewReady)

    async def resolve(
        self, markdown: str = "## Problem\n\nPrinted nothing.", **fields: Any
    ) -> WritebackAnswer:
        return await self._confirm("resolve", self.command(ResolveSession, markdown=markdown, **fields))

    async def escalate(
        self, markdown: str = "## Problem\n\nPrints nothing.", **fields: Any
    ) -> WritebackAnswer:
        return await self._confirm("escalate", self.command(EscalateSession, markdown=markdown, **fields))

    async def share(
        self, markdown: str, audience: UpdateAudience = UpdateAudience.CLIENT, **fields: Any
    ) -> WritebackAnswer:
        command = self.command(ShareUpdate, markdown=markdown, audience=audience, **fields)
        return await self._confirm("share_update", command)

    async def retry_writeback(self, **fields: Any) -> WritebackAnswer:
        return await self._confirm("retry_writeback", self.command(RetryWriteback, **fields))

    async def _confirm(self, update: str, command: Command) -> WritebackAnswer:
        answer = await self.send(update, command, WritebackAnswer)
        if answer.writeback_number is not None:
            self.writebacks_seen.add(answer.writeback_number)
        return answer

    # --- looking ---

    async def snapshot(self) -> SnapshotView:
        return await self.handle.query("snapshot", result_type=SnapshotView)  # type: ignore[no-any-return]

    async def row(self) -> Session:
        async with self.database.tenant(self.tenant.account_id) as db:
            return (await db.execute(select(Session).where(Session.id == self.id))).scalar_one()

    async def rows(self, kind: type[Row]) -> Sequence[Row]:
        """Rows of the session, in the order in which they came to be."""
        order: dict[type, Any] = {
            Message: Message.seq,
            SessionEvent: SessionEvent.seq,
            Fact: Fact.seq,
            Fix: Fix.created_at,
            LaneItem: LaneItem.position,
            Artifact: Artifact.state_version,
            Writeback: Writeback.number,
        }
        async with self.database.tenant(self.tenant.account_id) as db:
            found = await db.execute(select(kind).where(kind.session_id == self.id).order_by(order[kind]))
            return found.scalars().all()

    async def events(self, type_: EventType) -> list[dict[str, Any]]:
        """Payloads of the events of one type."""
        return [event.payload for event in await self.rows(SessionEvent) if event.type is type_]

    async def messages(self, role: MessageRole) -> list[Message]:
        return [message for message in await self.rows(Message) if message.role is role]

    async def said(self, role: MessageRole) -> list[str]:
        return [message.text for message in await self.messages(role)]

    async def active_fix(self) -> Fix:
        (fix,) = [
            fix
            for fix in await self.rows(Fix)
            if fix.superseded_at is None and fix.status.value != "dismissed"
        ]
        return fix

    async def settled(self, *, within: float = 20) -> list[Message]:
        """The messages once none waits for a turn and none is in one, and the workflow knows it too."""

        async def probe() -> list[Message] | None:
            messages = list(await self.rows(Message))
            return None if any(one.turn_state in _BUSY for one in messages) else messages

        messages = await until(probe, within=within, what="the end of the turn")
        # The rows of a turn are there a moment before its result has reached the workflow.
        if await self.is_running():
            await self.until(lambda view: not view.turn_running, within=within)
        return messages

    async def turn_running(self) -> None:
        """Wait until the pilot was asked."""
        await self.until(lambda view: view.turn_running)

    async def until(self, check: Callable[[SnapshotView], bool], *, within: float = 20) -> SnapshotView:
        """Wait until the workflow is in a state."""

        async def probe() -> SnapshotView | None:
            view = await self.snapshot()
            return view if check(view) else None

        return await until(probe, within=within, what="the state of the workflow")

    async def ended(self) -> None:
        """Wait until the workflow has ended well."""
        await self.handle.result()

    async def current_run(self) -> str:
        return (await self.handle.describe()).run_id

    async def is_running(self) -> bool:
        try:
            description = await self.handle.describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise
        return description.status is not None and description.status.name == "RUNNING"


async def refusal_of(answer: Awaitable[object]) -> ApplicationError:
    """The failure with which an update was refused."""
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await answer
    assert isinstance(caught.value.cause, ApplicationError)
    return caught.value.cause


def ticket(ticket_id: str, summary: str, *, board_id: int = 1, board: str = "Help Desk") -> TicketDetail:
    """A ticket as it was read from the PSA."""
    return TicketDetail(id=ticket_id, summary=summary, board=board, board_id=board_id, status="In Progress")
