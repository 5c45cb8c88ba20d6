"""The session workflow: handlers that store what is said, and a loop that lets the pilot answer.

Every change of a session goes through here, one at a time. The documents are rows; this object keeps only what it
decides with, and can be lost: a run that starts without state reads it from the rows.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from domain.sessions import is_open
    from domain.vocabulary import SessionStatus
    from workflows.refusals import cause_of
    from workflows.troubleshooting_session import record_steps, state, steps
    from workflows.troubleshooting_session.handlers.artifacts import ArtifactHandlers
    from workflows.troubleshooting_session.handlers.conversation import ConversationHandlers
    from workflows.troubleshooting_session.handlers.facts import FactHandlers
    from workflows.troubleshooting_session.handlers.fixes import FixHandlers
    from workflows.troubleshooting_session.handlers.lifecycle import LifecycleHandlers
    from workflows.troubleshooting_session.handlers.signals import SignalHandlers
    from workflows.troubleshooting_session.handlers.ticket import TicketHandlers
    from workflows.troubleshooting_session.messages import (
        WORKFLOW_TYPE,
        LoadSession,
        PauseIdleSession,
        SessionInput,
        SnapshotView,
        WriteDigest,
    )
    from workflows.troubleshooting_session.state import NextStep

# A run that was started for a session that never came to be does not wait for ever.
OPEN_WITHIN = timedelta(minutes=2)

# The command that opens a new session comes with the start of its run. Later than this it is slow, or was lost.
LOOK_AFTER = timedelta(seconds=5)


@workflow.defn(name=WORKFLOW_TYPE)
class TroubleshootingSession(
    ConversationHandlers,
    FactHandlers,
    FixHandlers,
    ArtifactHandlers,
    TicketHandlers,
    LifecycleHandlers,
    SignalHandlers,
):
    """One troubleshooting session. See `messages` for what it takes and answers."""

    @workflow.init
    def __init__(self, input_: SessionInput) -> None:
        super().__init__(input_)
        self._digest: asyncio.Task[None] | None = None
        self._digest_failed = False
        self._answered_late = 0

    @workflow.run
    async def run(self, input_: SessionInput) -> None:
        if not await self._load():
            return
        clock = asyncio.create_task(self._pause_when_idle())
        try:
            while True:
                await workflow.wait_condition(lambda: self._next_step() is not NextStep.WAIT)
                match self._next_step():
                    case NextStep.RUN_TURN:
                        self._digest_failed = False
                        await self._turns.run(state.turn_messages(self._loaded))
                    case NextStep.WRITE_DIGEST:
                        self._digest = asyncio.create_task(self._write_digest())
                    case NextStep.FOLLOW_WRITEBACK:
                        self._writebacks.follow(self._loaded.running_writeback or 0)
                    case NextStep.LINGER:
                        if await self._linger():
                            return
                    case NextStep.CONTINUE_AS_NEW:
                        if await self._must_answer_first():
                            await self._turns.run(state.turn_messages(self._loaded))
                            continue
                        await workflow.wait_condition(self._nothing_under_way)
                        if self._next_step() is NextStep.CONTINUE_AS_NEW:
                            # A worker's build keeps the runs it has begun; the next run is one of the current build.
                            workflow.continue_as_new(
                                self._carried(),
                                initial_versioning_behavior=workflow.ContinueAsNewVersioningBehavior.AUTO_UPGRADE,
                            )
                    case NextStep.WAIT:
                        pass
        finally:
            clock.cancel()

    def _next_step(self) -> NextStep:
        return state.next_step(
            self._loaded,
            followed_writeback=self._writebacks.followed,
            digest_tried=self._digest is not None or self._digest_failed,
            continue_as_new_suggested=workflow.info().is_continue_as_new_suggested(),
        )

    async def _load(self) -> bool:
        """Make sure that there is a snapshot. False when there is no such session."""
        if self._snapshot is None and not self._input.fresh:
            self._missing = not await self._read_rows()
        try:
            await self._opened(LOOK_AFTER if self._input.fresh else OPEN_WITHIN)
        except TimeoutError:
            if not (self._input.fresh and await self._found_late()):
                self._missing = True
                await workflow.wait_condition(workflow.all_handlers_finished)
        return self._snapshot is not None

    async def _found_late(self) -> bool:
        """Whether a new session is there after all, though its opening command has not come or is slow.

        When server and worker die together, the command can be lost after its rows were stored. Its sender gets the
        stored answer and does not send it again.
        """
        if not workflow.patched("a-new-session-looks-for-its-rows"):
            return False
        if not await self._read_rows():
            try:
                await self._opened(OPEN_WITHIN)
            except TimeoutError:
                return False
        return True

    async def _opened(self, within: timedelta) -> None:
        """Raises TimeoutError."""
        await workflow.wait_condition(
            lambda: self._snapshot is not None, timeout=within, timeout_summary="waiting to be opened"
        )

    async def _read_rows(self, *, take_over: bool = True) -> bool:
        """Take over what is stored of the session. False when nothing is."""
        try:
            loaded = await record_steps.load_session(
                LoadSession(
                    account_id=self._input.account_id,
                    session_id=self._input.session_id,
                    take_over=take_over,
                )
            )
        except ApplicationError as error:
            if error.type != "session_not_found":
                raise
            return False
        self._seen = dict.fromkeys(loaded.seen_commands) | self._seen
        self._apply(loaded.snapshot)
        for spin_off_id in loaded.running_spin_offs:
            self._spin_offs.create(spin_off_id)
        return True

    def _carried(self) -> SessionInput:
        seen = list(self._seen)[-state.SEEN_COMMANDS_KEPT :]
        return self._input.model_copy(
            update={"snapshot": self._snapshot, "seen_commands": seen, "fresh": False}
        )

    async def _must_answer_first(self) -> bool:
        """Whether a message came while something slow keeps this run from ending: it is not made to wait for that.

        Only so often: a run that something always keeps from ending must not grow for ever.
        """
        if not workflow.patched("replies-while-a-run-cannot-end"):
            return False
        await workflow.wait_condition(
            lambda: self._nothing_under_way() or state.waits_for_reply(self._loaded)
        )
        if self._nothing_under_way() or self._answered_late >= state.ANSWERS_BEFORE_CONTINUING:
            return False
        self._answered_late += 1
        return True

    def _nothing_under_way(self) -> bool:
        """No handler, no digest, no second ticket, no step of the idle clock: their effects belong into the state."""
        return (
            workflow.all_handlers_finished()
            and not self._one_at_a_time.locked()
            and self._digest is None
            and self._spin_offs.idle
        )

    async def _linger(self) -> bool:
        """Stay for a while after closing, for a reopen or late outcome. True when the time is over."""
        remaining = state.ends_in(self._loaded, self._linger_time, workflow.now())
        if remaining > timedelta(0):
            try:
                await workflow.wait_condition(
                    lambda: self._next_step() is not NextStep.LINGER,
                    timeout=remaining,
                    timeout_summary="linger",
                )
                return False
            except TimeoutError:
                pass
        await workflow.wait_condition(self._nothing_under_way)
        return self._next_step() is NextStep.LINGER

    @property
    def _linger_time(self) -> timedelta:
        return timedelta(seconds=self._input.linger_seconds)

    async def _pause_when_idle(self) -> None:
        """One timer to the next deadline, not one for every message."""
        inactivity = timedelta(seconds=self._input.inactivity_seconds)
        while True:
            await workflow.wait_condition(
                lambda: self._loaded.status is SessionStatus.ACTIVE and not self._turns.running
            )
            remaining = state.inactive_in(self._loaded, inactivity, workflow.now())
            if remaining > timedelta(0):
                await workflow.sleep(remaining, summary="inactivity")
                continue
            idle_since = self._loaded.last_activity_at
            async with self._one_at_a_time:
                self._apply(
                    await record_steps.pause_idle_session(
                        PauseIdleSession(
                            account_id=self._input.account_id,
                            session_id=self._input.session_id,
                            idle_since=idle_since,
                        )
                    )
                )

    async def _write_digest(self) -> None:
        """Beside the turns: a reply that begins meanwhile takes the history as it was before."""
        request = WriteDigest(account_id=self._input.account_id, session_id=self._input.session_id)
        try:
            self._apply(await steps.write_digest(request))
        except ActivityError as error:
            # Nothing is lost: the history stays as it is, and the next turn asks again.
            self._digest_failed = True
            workflow.logger.warning("digest not written", extra={"code": cause_of(error).type})
        finally:
            self._digest = None

    @workflow.signal(description="Something was stored that this run does not know of: read the rows")
    async def read_rows(self) -> None:
        """A command can be lost on its way to the server after its rows were stored; nobody sends it again."""
        if self._snapshot is None:
            return  # they are read anyhow
        async with self._one_at_a_time:
            try:
                await self._read_rows(take_over=False)
            except ApplicationError as error:
                # Leaving a signal handler, a failure would end the workflow.
                workflow.logger.error("rows not read", extra={"code": error.type})

    @workflow.query(description="The decision state, for operators and tests")
    def snapshot(self) -> SnapshotView:
        return SnapshotView(
            snapshot=self._snapshot,
            turn_running=self._turns.running,
            closing=self._snapshot is not None and not is_open(self._snapshot.status),
            spin_offs_under_way=self._spin_offs.under_way,
        )
