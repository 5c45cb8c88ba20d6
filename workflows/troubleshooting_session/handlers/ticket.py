"""The ticket behind a session: linking it, hearing that it changed, splitting a second one off."""

from __future__ import annotations

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from domain.commands import CommandAck
    from domain.sessions import SessionCommand
    from workflows.refusals import cause_of
    from workflows.troubleshooting_session import record_steps, state, steps
    from workflows.troubleshooting_session.handlers.base import SessionHandlers
    from workflows.troubleshooting_session.messages import (
        LinkTicket,
        RefreshTicket,
        SessionInput,
        SpinOffTicket,
        TicketChanged,
    )
    from workflows.troubleshooting_session.spin_offs import SpinOffCreator


class TicketHandlers(SessionHandlers):
    """Messages about the ticket. Posting to it is the writeback's business."""

    def __init__(self, input_: SessionInput) -> None:
        super().__init__(input_)
        self._spin_offs = SpinOffCreator(input_, self._apply)
        self._refreshing = False
        self._refresh_again = False

    @workflow.update(description="Link or change the ticket")
    async def link_ticket(self, command: LinkTicket) -> CommandAck:
        return await self._record(record_steps.link_ticket, command)

    @link_ticket.validator
    def _may_link(self, command: LinkTicket) -> None:
        self._check(command, lambda: state.check_closing(self._snapshot, SessionCommand.LINK_TICKET))

    @workflow.update(description="Make a second ticket")
    async def spin_off_ticket(self, command: SpinOffTicket) -> CommandAck:
        ack = await self._record(record_steps.begin_spin_off, command)
        # Under the id of a command of another kind there is no ticket to create: the hash tells its sender so.
        if ack.entity_id is not None:
            await self._spin_offs.create(ack.entity_id)
        return ack

    @spin_off_ticket.validator
    def _may_spin_off(self, command: SpinOffTicket) -> None:
        self._check(command, self._status_allows(SessionCommand.SPIN_OFF))

    @workflow.signal(description="The PSA says that the ticket has changed")
    async def ticket_changed(self, change: TicketChanged) -> None:
        """Read it again, once for any number of changes that come meanwhile. A signal never fails the workflow."""
        try:
            await self._wait_until_loaded()
        except ApplicationError:
            return
        if self._loaded.ticket_ref != change.psa_ticket_id:
            return
        if self._refreshing:
            self._refresh_again = True
            return
        self._refreshing = True
        try:
            await self._refresh_until_quiet()
        finally:
            self._refreshing = False

    async def _refresh_until_quiet(self) -> None:
        while True:
            self._refresh_again = False
            try:
                self._apply(
                    await steps.refresh_ticket(
                        RefreshTicket(account_id=self._input.account_id, session_id=self._input.session_id)
                    )
                )
            except ActivityError as error:
                # The pilot goes on with what was read before; the next change or link reads it again.
                workflow.logger.warning("ticket not refreshed", extra={"code": cause_of(error).type})
            if not self._refresh_again:
                return
