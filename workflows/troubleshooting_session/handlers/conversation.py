"""Talking: opening the session, messages, answers in the lane, stopping and retrying a reply."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.commands import CommandAck
    from domain.sessions import SessionCommand
    from workflows.refusals import as_refusal
    from workflows.troubleshooting_session import record_steps, state
    from workflows.troubleshooting_session.handlers.base import SessionHandlers
    from workflows.troubleshooting_session.messages import (
        AnswerItems,
        EngineerMessage,
        OpenSession,
        ReopenItem,
        RetryTurn,
        StopTurn,
    )


class ConversationHandlers(SessionHandlers):
    """Messages of the conversation and of the task lane."""

    @workflow.update(description="Make the session, with its first message or ticket")
    async def open_session(self, command: OpenSession) -> CommandAck:
        self._seen[command.command_id] = None
        with self._taking(command):
            async with self._one_at_a_time:
                recorded = await record_steps.open_session(command)
                self._apply(recorded.snapshot)
        return recorded.ack

    @open_session.validator
    def _may_open(self, command: OpenSession) -> None:
        self._check(command)

    @workflow.update(description="Say something; the pilot answers")
    async def engineer_message(self, command: EngineerMessage) -> CommandAck:
        if command.recorded is not None:
            return await self._take_over(command, command.recorded)
        return await self._record(record_steps.store_message, command)

    @engineer_message.validator
    def _may_say(self, command: EngineerMessage) -> None:
        if command.recorded is not None:
            self._check(command)  # the rows have judged it
            return
        has_uploads = bool(command.upload_ids)
        self._check(command, lambda: state.check_text(self._snapshot, command.text, has_uploads=has_uploads))

    @workflow.update(description="Answer questions and checks of the lane")
    async def answer_items(self, command: AnswerItems) -> CommandAck:
        return await self._record(record_steps.record_answers, command)

    @answer_items.validator
    def _may_answer(self, command: AnswerItems) -> None:
        self._check(command, self._status_allows(SessionCommand.ANSWER_ITEMS))

    @workflow.update(description="Ask a question or check again that was set aside")
    async def reopen_item(self, command: ReopenItem) -> CommandAck:
        return await self._record(record_steps.reopen_item, command)

    @reopen_item.validator
    def _may_reopen_item(self, command: ReopenItem) -> None:
        self._check(command, self._status_allows(SessionCommand.REOPEN_ITEM))

    @workflow.update(description="Stop the reply; the prose so far is kept")
    async def stop_turn(self, command: StopTurn) -> CommandAck:
        if not workflow.patched("stops-are-recorded"):
            self._seen[command.command_id] = None
            await self._turns.stopped(self._turns.current)
            return CommandAck(seq=self._loaded.seq, request_hash=command.request_hash)
        await self._wait_until_loaded()
        # A repeat that comes to a later run must not stop another reply than the one that was meant.
        if command.command_id in self._seen:
            return await self._record(record_steps.record_stop, command)
        meant = self._turns.current
        if meant is None:
            raise as_refusal(state.no_reply_running())
        ack = await self._record(record_steps.record_stop, command)
        await self._turns.stopped(meant)
        return ack

    @stop_turn.validator
    def _may_stop(self, command: StopTurn) -> None:
        # A run that has not read its rows yet does not know whether this is a repeat.
        if self._snapshot is None:
            self._check(command)
        else:
            self._check(command, lambda: state.check_turn_running(self._turns.running))

    @workflow.update(description="Run the failed or stopped turn again")
    async def retry_turn(self, command: RetryTurn) -> CommandAck:
        return await self._record(record_steps.requeue_failed_turn, command)

    @retry_turn.validator
    def _may_retry(self, command: RetryTurn) -> None:
        self._check(command, self._status_allows(SessionCommand.RETRY_TURN))
