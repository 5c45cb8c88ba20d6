"""Steps that write a session's documents: each is one transaction, tried until the database takes it."""

from __future__ import annotations

from domain.commands import Recorded
from domain.session_state import SessionSnapshot
from workflows.database_steps import database_step
from workflows.troubleshooting_session.messages import (
    AddFact,
    AnswerItems,
    AttachScript,
    ChangeStatus,
    CloseTurn,
    EditFact,
    EndSpinOff,
    EngineerMessage,
    EscalateSession,
    FactCommand,
    FixApplied,
    FixCommand,
    FixDecisionClick,
    FixOutcomeClick,
    LinkTicket,
    LoadedSession,
    LoadSession,
    OpenSession,
    PauseIdleSession,
    PickUpSession,
    PromoteFact,
    RejectedCommand,
    ReopenItem,
    ReopenSession,
    ResolveSession,
    RetryTurn,
    RetryWriteback,
    ShareUpdate,
    SpinOffTicket,
    StopTurn,
    WritebackBegun,
)


async def load_session(request: LoadSession) -> LoadedSession:
    return await database_step("load_session", request, LoadedSession, "read the session from its rows")


async def open_session(command: OpenSession) -> Recorded:
    return await database_step("open_session", command, Recorded, "open the session")


async def store_message(command: EngineerMessage) -> Recorded:
    return await database_step("store_message", command, Recorded, "store the engineer's message")


async def record_answers(command: AnswerItems) -> Recorded:
    return await database_step(
        "record_answers", command, Recorded, f"store {len(command.items)} lane answers"
    )


async def record_fix_applied(command: FixApplied) -> Recorded:
    return await database_step("record_fix_applied", command, Recorded, "fix applied")


async def record_fix_outcome(command: FixOutcomeClick) -> Recorded:
    return await database_step(
        "record_fix_outcome", command, Recorded, f"fix outcome: {command.outcome.value}"
    )


async def add_fact(command: AddFact) -> Recorded:
    return await database_step("add_fact", command, Recorded, "add a fact")


async def pause_session(command: ChangeStatus) -> Recorded:
    return await database_step("pause_session", command, Recorded, "pause")


async def resume_session(command: ChangeStatus) -> Recorded:
    return await database_step("resume_session", command, Recorded, "resume")


async def abandon_session(command: ChangeStatus) -> Recorded:
    return await database_step("abandon_session", command, Recorded, "abandon")


async def pause_idle_session(request: PauseIdleSession) -> SessionSnapshot:
    return await database_step(
        "pause_idle_session", request, SessionSnapshot, "pause: nobody is working on it"
    )


async def record_stop(command: StopTurn) -> Recorded:
    return await database_step("record_stop", command, Recorded, "stop the reply")


async def requeue_failed_turn(command: RetryTurn) -> Recorded:
    return await database_step("requeue_failed_turn", command, Recorded, "run the failed turn again")


async def record_rejected_command(command: RejectedCommand) -> SessionSnapshot:
    return await database_step(
        "record_rejected_command", command, SessionSnapshot, f"refused {command.command_name}: {command.code}"
    )


async def close_turn(request: CloseTurn) -> SessionSnapshot:
    ending = "stopped" if request.stopped else f"failed: {request.code}"
    return await database_step("close_turn", request, SessionSnapshot, f"turn {ending}")


async def begin_resolution(command: ResolveSession) -> WritebackBegun:
    return await database_step("begin_resolution", command, WritebackBegun, "resolution confirmed")


async def reopen_item(command: ReopenItem) -> Recorded:
    return await database_step("reopen_item", command, Recorded, "reopen a question or check")


async def record_fix_decision(command: FixDecisionClick) -> Recorded:
    return await database_step(
        "record_fix_decision", command, Recorded, f"script path: {command.decision.value}"
    )


async def attach_script(command: AttachScript) -> Recorded:
    return await database_step("attach_script", command, Recorded, "attach a script to the fix")


async def clear_outcome_proposal(command: FixCommand) -> Recorded:
    return await database_step("clear_outcome_proposal", command, Recorded, "not yet: proposal cleared")


async def resume_fix(command: FixCommand) -> Recorded:
    return await database_step("resume_fix", command, Recorded, "finish the partial fix")


async def restore_fix(command: FixCommand) -> Recorded:
    return await database_step("restore_fix", command, Recorded, "restore the dismissed fix")


async def silence_nudge(command: FixCommand) -> Recorded:
    return await database_step("silence_nudge", command, Recorded, "still checking")


async def edit_fact(command: EditFact) -> Recorded:
    return await database_step("edit_fact", command, Recorded, "edit a fact")


async def delete_fact(command: FactCommand) -> Recorded:
    return await database_step("delete_fact", command, Recorded, "delete a fact")


async def restore_fact(command: FactCommand) -> Recorded:
    return await database_step("restore_fact", command, Recorded, "take a deletion back")


async def promote_fact(command: PromoteFact) -> Recorded:
    return await database_step("promote_fact", command, Recorded, "promote to a fact")


async def reopen_session(command: ReopenSession) -> Recorded:
    return await database_step("reopen_session", command, Recorded, "reopen the session")


async def pick_up_session(command: PickUpSession) -> Recorded:
    return await database_step("pick_up_session", command, Recorded, "pick up the escalated session")


async def link_ticket(command: LinkTicket) -> Recorded:
    return await database_step("link_ticket", command, Recorded, "link a ticket")


async def begin_escalation(command: EscalateSession) -> WritebackBegun:
    return await database_step("begin_escalation", command, WritebackBegun, "escalation confirmed")


async def begin_update(command: ShareUpdate) -> WritebackBegun:
    return await database_step(
        "begin_update", command, WritebackBegun, f"update confirmed: {command.audience.value}"
    )


async def begin_writeback_retry(command: RetryWriteback) -> WritebackBegun:
    return await database_step("begin_writeback_retry", command, WritebackBegun, "post what is left")


async def begin_spin_off(command: SpinOffTicket) -> Recorded:
    return await database_step("begin_spin_off", command, Recorded, "second ticket asked for")


async def end_spin_off(request: EndSpinOff) -> SessionSnapshot:
    return await database_step(
        "end_spin_off", request, SessionSnapshot, f"second ticket failed: {request.error_code}"
    )
