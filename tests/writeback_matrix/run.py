"""One run: an ending is confirmed, trouble comes, the engineer does what engineers do, and it ends well."""

from __future__ import annotations

import asyncio
from typing import Any

from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from domain.commands import CommandAck
from domain.vocabulary import SessionStatus, WritebackState
from infra.database.models import Writeback
from tests.support.waiting import until
from tests.workflows import histories
from tests.workflows.ticket_on_psa import NOTE, PACKAGE, configure
from tests.workflows.worked_session import WorkedSession, refusal_of, ticket
from tests.writeback_matrix import checks
from tests.writeback_matrix.desk import Desk
from tests.writeback_matrix.plan import FollowUp, Plan
from tests.writeback_matrix.table import Ending
from workflows.task_queues import SESSIONS
from workflows.troubleshooting_session.messages import (
    WORKFLOW_TYPE,
    EscalateSession,
    LinkTicket,
    ResolveSession,
    SessionInput,
    ShareUpdate,
    TicketChanged,
    WritebackAnswer,
)

UPDATE = "We have cleaned the drum of the printer and look at it again tomorrow."
ADDED = "\n\nAnd the cable was replaced."
MOST_ATTEMPTS = 5


class Run:
    """The state of one run. `text` is what was confirmed last; `kept` the notes of endings before it."""

    def __init__(self, desk: Desk, plan: Plan) -> None:
        self.desk = desk
        self.plan = plan
        self.text = {Ending.SHARE: UPDATE, Ending.ESCALATE: PACKAGE}.get(plan.ending, NOTE)
        self.kept: list[str] = []
        self.edited_by_others = False
        self.ticket = 0
        self.session: WorkedSession
        self._callbacks: asyncio.Task[None] | None = None

    async def work(self) -> None:
        """Raises AssertionError with what differs."""
        await self._begin()
        trouble, plan = self.plan.trouble, self.plan
        fault = self._bring_trouble()
        if trouble.name == "callback twice":
            assert fault is not None
            self._callbacks = asyncio.create_task(self._call_back_at(fault))
        await self._confirm(twice=plan.confirms_twice)
        if plan.waits:
            assert fault is not None
            await self.desk.has_hit(fault, times=2)
            row = await self._latest()
            assert row.state is WritebackState.RUNNING, f"gave up: {row.error_detail}"
            self.desk.mend()
        row = await self._ended()
        self.edited_by_others = trouble.name == "note edited by someone else"
        checks.as_expected(row, plan.expected)
        if fault is not None:
            assert self.desk.came(fault, plan.times), "the trouble never came: this run proves nothing"
        await self._is_honest(row)
        await self._go_on(row)
        if trouble.callback:
            await self._call_back_late() if trouble.name == "callback late" else await self._told_twice()
            await self._is_honest(await self._latest())
        await self._replays()

    async def _begin(self) -> None:
        self.desk.mend()
        self.ticket = self.desk.psa.new_ticket(self.plan.name)
        self.session = await self.desk.sessions.start(ticket_id=str(self.ticket))
        visibility = self.plan.visibility
        await configure(self.session, resolution_visibility=visibility, escalation_visibility=visibility)
        if self.plan.ending is Ending.RESOLVE_AFTER_ESCALATION:
            await self.session.escalate(PACKAGE)
            await self._ended()
            assert (await self.session.row()).status is SessionStatus.ESCALATED
            self.kept.append(PACKAGE)

    def _bring_trouble(self) -> Any:
        plan, moves = self.plan, self.plan.moves_status
        if plan.cloud:
            self.desk.psa.configure(auth_failure_status=404)
        if plan.later is not None:
            # Before the other one: a rule that sleeps is no hindrance, and each is about another request.
            self.desk.bring(*plan.later, self.ticket, times=1, moves=moves)
        return self.desk.bring(plan.trouble, plan.step, self.ticket, times=plan.times, moves=moves)

    # --- what the engineer does ---

    async def _confirm(self, *, twice: bool = False) -> None:
        plan, session = self.plan, self.session
        fields: dict[str, Any] = {"markdown": self.text}
        if plan.status_id is not None:
            fields["status_id"] = plan.status_id
        if plan.ending is Ending.SHARE:
            command: Any = session.command(ShareUpdate, audience=plan.audience, **fields)
            update = "share_update"
        else:
            # An explicit none, too: what an attempt before has logged is never logged again.
            fields["log_minutes"] = plan.log_minutes
            escalates = plan.ending is Ending.ESCALATE
            command = session.command(EscalateSession if escalates else ResolveSession, **fields)
            update = "escalate" if escalates else "resolve"
        sends = [session.send(update, command, WritebackAnswer) for _ in range(2 if twice else 1)]
        answers = await asyncio.gather(*sends)
        assert len({(one.seq, one.writeback_number) for one in answers}) == 1, answers
        assert answers[0].writeback_number is not None
        session.writebacks_seen.add(answers[0].writeback_number)

    async def _go_on(self, row: Writeback) -> None:
        """Until it has ended well. What is over by then is mended; what hits several times may hit again."""
        follow_ups = iter(self.plan.follow_ups)
        attempts = 1
        while row.state is not WritebackState.DONE:
            attempts += 1
            assert attempts <= MOST_ATTEMPTS, f"does not end well: {row.error_code}, {row.error_detail}"
            follow_up = next(follow_ups)
            if self.plan.times is None or self.plan.trouble.name == "key revoked" or attempts > 3:
                self.desk.mend()
            if (await self.desk.look(self.ticket)).status is None:
                await self._takes_another_ticket()
                follow_up = FollowUp.SAME if follow_up is FollowUp.RETRY else follow_up
            if follow_up is FollowUp.RETRY:
                answer = await self.session.retry_writeback()
                assert answer.writeback_number is not None
            else:
                self.text += ADDED if follow_up is FollowUp.EDITED else ""
                await self._confirm()
            row = await self._ended()
            await self._is_honest(row)

    async def _takes_another_ticket(self) -> None:
        """The old one is gone for good: a retry says so, and the note goes to another ticket."""
        answer = await self.session.retry_writeback()
        assert answer.writeback_number is not None
        row = await self._ended()
        assert (row.state, row.error_code) == (WritebackState.FAILED, "psa_not_found"), row.error_detail
        self.ticket = self.desk.psa.new_ticket(f"{self.plan.name}, again")
        self.kept = []
        await checks.keep_ticket(self.session, ticket(str(self.ticket), "Instead of the one that is gone"))
        link = self.session.command(
            LinkTicket,
            psa_connection_id=self.desk.tenant.connection_id,
            psa_ticket_id=str(self.ticket),
        )
        await self.session.send("link_ticket", link, CommandAck)
        refused = await refusal_of(self.session.retry_writeback())
        assert refused.type == "nothing_to_retry_writeback"

    # --- what the PSA calls back ---

    async def _call_back_at(self, fault: Any) -> None:
        await self.desk.has_hit(fault)
        await self._signal()
        await self._signal()

    async def _signal(self) -> None:
        await self.session.handle.signal("ticket_changed", TicketChanged(psa_ticket_id=str(self.ticket)))

    async def _told_twice(self) -> None:
        assert self._callbacks is not None
        await self._callbacks
        await self._ticket_is_shown()

    async def _call_back_late(self) -> None:
        """After everything has ended; also when the workflow is gone by then."""
        if self.plan.workflow_gone:
            await self.session.handle.terminate("over")
        handle = await self.session.temporal.start_workflow(
            WORKFLOW_TYPE,
            SessionInput(account_id=self.desk.tenant.account_id, session_id=self.session.id),
            id=self.session.handle.id,
            task_queue=SESSIONS,
            start_signal="ticket_changed",
            start_signal_args=[TicketChanged(psa_ticket_id=str(self.ticket))],
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        )
        if self.plan.workflow_gone and handle.first_execution_run_id is not None:
            self.session.run_ids.append(handle.first_execution_run_id)
        await self._signal()
        await self._ticket_is_shown()

    async def _ticket_is_shown(self) -> None:
        """The page shows the ticket as the PSA has it, once what was called back has been read."""

        async def shown() -> bool:
            row = await self.session.row()
            name = checks.STATUS_NAMES[(await self.desk.look(self.ticket)).status or 0]
            return row.ticket is not None and (row.ticket["summary"], row.ticket["status"]) == (
                self.desk.psa.ticket(self.ticket)["summary"],
                name,
            )

        await until(shown, within=30, what="the ticket as the PSA has it now")

    # --- looking ---

    async def _latest(self) -> Writeback:
        return (await self.session.rows(Writeback))[-1]

    async def _ended(self) -> Writeback:
        async def ended() -> Writeback | None:
            row = await self._latest()
            return None if row.state is WritebackState.RUNNING else row

        row = await until(ended, within=60, what="the end of the writeback")
        await self.session.until(
            lambda view: view.snapshot is not None and view.snapshot.running_writeback is None
        )
        self.session.writebacks_seen.add(row.number)
        return row

    async def _is_honest(self, row: Writeback) -> None:
        await checks.is_honest(self, row)

    async def _replays(self) -> None:
        await histories.replay_all(list((await histories.histories_of(self.session)).values()))
