"""What we know: notes of the engineer, corrections, and answers that become facts."""

from __future__ import annotations

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from domain.commands import CommandAck
    from domain.facts import check_edit, check_promotion, nothing_substantive
    from domain.sessions import SessionCommand
    from workflows.refusals import as_refusal, cause_of, is_refusal
    from workflows.troubleshooting_session import record_steps, steps
    from workflows.troubleshooting_session.handlers.base import SessionHandlers
    from workflows.troubleshooting_session.messages import (
        AddFact,
        EditFact,
        FactCommand,
        PromoteFact,
        SynthesiseFact,
    )


class FactHandlers(SessionHandlers):
    """Messages about facts."""

    @workflow.update(description="Add a note to what we know")
    async def add_fact(self, command: AddFact) -> CommandAck:
        return await self._record(record_steps.add_fact, command)

    @add_fact.validator
    def _may_add_fact(self, command: AddFact) -> None:
        self._check(command, self._status_allows(SessionCommand.CHANGE_FACTS))

    @workflow.update(description="Correct a fact")
    async def edit_fact(self, command: EditFact) -> CommandAck:
        return await self._record(record_steps.edit_fact, command)

    @edit_fact.validator
    def _may_edit_fact(self, command: EditFact) -> None:
        self._check(
            command,
            self._status_allows(SessionCommand.CHANGE_FACTS),
            lambda: check_edit(command.text, command.summary),
        )

    @workflow.update(description="Delete a fact")
    async def delete_fact(self, command: FactCommand) -> CommandAck:
        return await self._record(record_steps.delete_fact, command)

    @delete_fact.validator
    def _may_delete_fact(self, command: FactCommand) -> None:
        self._check(command, self._status_allows(SessionCommand.CHANGE_FACTS))

    @workflow.update(description="Take the deletion of a fact back")
    async def restore_fact(self, command: FactCommand) -> CommandAck:
        return await self._record(record_steps.restore_fact, command)

    @restore_fact.validator
    def _may_restore_fact(self, command: FactCommand) -> None:
        self._check(command, self._status_allows(SessionCommand.CHANGE_FACTS))

    @workflow.update(description="Turn an answer or a result into a fact")
    async def promote_fact(self, command: PromoteFact) -> CommandAck:
        await self._wait_until_loaded()
        if command.text is None and command.command_id not in self._seen:
            with self._taking(command):
                command = await self._synthesised(command)
        return await self._record(record_steps.promote_fact, command)

    @promote_fact.validator
    def _may_promote(self, command: PromoteFact) -> None:
        self._check(
            command,
            self._status_allows(SessionCommand.CHANGE_FACTS),
            lambda: check_promotion(
                command.source_type, command.source_ref is not None, command.text, command.raw_input
            ),
        )

    async def _synthesised(self, command: PromoteFact) -> PromoteFact:
        """The command with the text that a synthesis made of its raw input. Raises nothing_substantive.

        Without a synthesis it stays as it is: whoever stores it puts the input as a fact by rule.
        """
        try:
            made = await steps.synthesise_fact(
                SynthesiseFact(
                    account_id=command.account_id,
                    session_id=command.session_id,
                    source_type=command.source_type,
                    source_ref=command.source_ref,
                    raw_input=command.raw_input or "",
                )
            )
        except ActivityError as error:
            cause = cause_of(error)
            if is_refusal(cause):
                raise cause from error
            workflow.logger.warning("a fact was not synthesised in time: %s", cause.type)
            return command
        if made.text is None:
            raise as_refusal(nothing_substantive())
        return command.model_copy(
            update={"text": made.text, "summary": command.summary or made.summary, "raw_input": None}
        )
