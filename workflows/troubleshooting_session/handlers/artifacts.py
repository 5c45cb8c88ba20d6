"""Artifacts: previews, and everything that is confirmed and put on the ticket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from domain.errors import RuleViolation
    from domain.sessions import SessionCommand
    from workflows.refusals import as_refusal, cause_of
    from workflows.troubleshooting_session import record_steps, state, steps
    from workflows.troubleshooting_session.handlers.base import C, SessionHandlers
    from workflows.troubleshooting_session.messages import (
        EscalateSession,
        PreviewReady,
        PreviewRequest,
        ResolveSession,
        RetryWriteback,
        ShareUpdate,
        WritebackAnswer,
        WritebackBegun,
    )

ANSWER_WITHIN = timedelta(seconds=20)
"""The engineer who confirmed watches the progress; a slower writeback goes on without the request."""


class ArtifactHandlers(SessionHandlers):
    """Messages about notes and updates."""

    @workflow.update(description="Generate an artifact of the present state")
    async def preview(self, request: PreviewRequest) -> PreviewReady:
        await self._wait_until_loaded()
        key = f"{request.kind.value}/{self._loaded.state_version}/{request.force}"
        task = self._previews.get(key)
        if task is None:
            task = asyncio.create_task(steps.generate_note(request))
            self._previews[key] = task
            task.add_done_callback(lambda _: self._previews.pop(key, None))
        try:
            return await asyncio.shield(task)
        except ActivityError as error:
            raise cause_of(error) from error

    @preview.validator
    def _may_preview(self, request: PreviewRequest) -> None:
        try:
            state.check_account(self._input, request.account_id, request.session_id)
        except RuleViolation as violation:
            raise as_refusal(violation) from violation

    async def _begin_writeback(
        self, begin: Callable[[C], Awaitable[WritebackBegun]], command: C
    ) -> WritebackAnswer:
        """Record the confirmation, then follow the child that posts and verifies for a while."""
        self._seen[command.command_id] = None
        with self._taking(command):
            await self._wait_until_loaded()
            async with self._one_at_a_time:
                begun = await begin(command)
                self._apply(begun.snapshot)
                if (
                    begun.writeback_number is not None
                    and begun.writeback_number == self._loaded.running_writeback
                ):
                    self._writebacks.follow(begun.writeback_number)
        ended = await self._writebacks.ended_within(begun.writeback_number, ANSWER_WITHIN)
        return WritebackAnswer(
            seq=begun.ack.seq,
            request_hash=begun.ack.request_hash,
            writeback_number=begun.writeback_number,
            pending=not ended,
        )

    @workflow.update(description="Confirm & post the resolution note")
    async def resolve(self, command: ResolveSession) -> WritebackAnswer:
        return await self._begin_writeback(record_steps.begin_resolution, command)

    @resolve.validator
    def _may_resolve(self, command: ResolveSession) -> None:
        self._check(command, lambda: state.check_closing(self._snapshot, SessionCommand.RESOLVE))

    @workflow.update(description="Confirm & post the escalation package")
    async def escalate(self, command: EscalateSession) -> WritebackAnswer:
        return await self._begin_writeback(record_steps.begin_escalation, command)

    @escalate.validator
    def _may_escalate(self, command: EscalateSession) -> None:
        self._check(command, lambda: state.check_escalation(self._snapshot, command))

    @workflow.update(description="Put an interim update on the ticket")
    async def share_update(self, command: ShareUpdate) -> WritebackAnswer:
        return await self._begin_writeback(record_steps.begin_update, command)

    @share_update.validator
    def _may_share(self, command: ShareUpdate) -> None:
        self._check(command, lambda: state.check_closing(self._snapshot, SessionCommand.SHARE_UPDATE))

    @workflow.update(description="Post what is left of the last attempt")
    async def retry_writeback(self, command: RetryWriteback) -> WritebackAnswer:
        return await self._begin_writeback(record_steps.begin_writeback_retry, command)

    @retry_writeback.validator
    def _may_retry_writeback(self, command: RetryWriteback) -> None:
        self._check(command, lambda: state.check_closing(self._snapshot, SessionCommand.RETRY_WRITEBACK))
