"""Short sessions that together come past every place of every activity."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from domain.psa import TicketDetail
from domain.vocabulary import (
    EventType,
    FactSource,
    FixDecision,
    FixOutcome,
    LaneItemStatus,
    SessionStatus,
    UpdateAudience,
)
from infra.database.models import Fact, LaneItem, SessionDigest, TicketSnapshot
from tests.support.waiting import until
from tests.workflows.crashes.stage import WITHIN, Stage
from tests.workflows.ticket_on_psa import NOTE, TICKET
from tests.workflows.worked_session import ticket
from workflows.troubleshooting_session.messages import (
    AddFact,
    AnswerItems,
    AttachScript,
    ChangeStatus,
    EditFact,
    EngineerMessage,
    EscalateSession,
    FactCommand,
    FixApplied,
    FixCommand,
    FixDecisionClick,
    FixOutcomeClick,
    ItemAnswer,
    LinkTicket,
    PickUpSession,
    PromoteFact,
    ReopenItem,
    ReopenSession,
    ResolveSession,
    RetryTurn,
    RetryWriteback,
    ShareUpdate,
    SignalledMessage,
    SpinOffTicket,
    StopTurn,
    TicketChanged,
    WritebackAnswer,
)

COMPANY = 254
"""A client of the simulator."""
LONG = 20_000
"""Characters of a message of which a few make a history that is due for a digest."""


@dataclass(frozen=True)
class Story:
    """`play` works a session; each of `steps` is to die in it, at each of its places."""

    name: str
    steps: frozenset[str]
    play: Callable[[Stage], Awaitable[None]]
    on_ticket: bool = False
    aside: bool = False
    """A fact may be added at any moment, by somebody else."""
    session_input: dict[str, Any] = field(default_factory=dict)


async def _conversation(stage: Stage) -> None:
    session = stage.session
    await stage.open(stage.words("prints nothing"))
    question, check = await session.rows(LaneItem)
    answers = [
        ItemAnswer(item_id=question.id, answer=stage.words()),
        ItemAnswer(item_id=check.id, skipped=True),
    ]
    stage.dice.shuffle(answers)
    await stage.tell("answer_items", session.command(AnswerItems, items=answers))
    await stage.tell("reopen_item", session.command(ReopenItem, item_id=check.id))
    assert [one.status for one in await session.rows(LaneItem)].count(LaneItemStatus.OPEN) >= 1
    empty = SignalledMessage(command_id=str(uuid4()), actor_id=session.tenant.user_id(), text=" ")
    await session.handle.signal("engineer_message", empty)
    await stage.until_event(EventType.COMMAND_REJECTED)


async def _turns(stage: Stage) -> None:
    session = stage.session
    await stage.open(stage.words("prints nothing"))
    await stage.tell("engineer_message", _say(stage, "break down"))
    await stage.until_event(EventType.REPLY_FAILED)
    await stage.tell("add_fact", session.command(AddFact, text=stage.words()))
    await stage.tell("retry_turn", session.command(RetryTurn))
    for _ in range(3):
        await stage.tell("engineer_message", _say(stage, "the cable" + LONG * "x"))

    async def digested() -> bool:
        async with session.database.tenant(session.tenant.account_id) as db:
            found = await db.execute(select(SessionDigest).where(SessionDigest.session_id == session.id))
        return found.first() is not None and not (await session.row()).digest_due

    await until(digested, within=WITHIN, what="the digest")


async def _stopped(stage: Stage) -> None:
    await stage.open(stage.words("prints nothing"))
    await stage.tell("engineer_message", _say(stage, "for ever"), settle=False)
    await stage.until_event(EventType.REPLY_STARTED, 2)
    await stage.tell("stop_turn", stage.session.command(StopTurn))


async def _facts(stage: Stage) -> None:
    session = stage.session
    await stage.open()
    notes = [session.command(AddFact, text=stage.words(), summary="says it") for _ in range(2)]
    for note in notes:
        await stage.tell("add_fact", note)
    one, other = await session.rows(Fact)
    changes = [
        ("edit_fact", session.command(EditFact, fact_id=one.id, text=stage.words())),
        ("delete_fact", session.command(FactCommand, fact_id=other.id)),
    ]
    stage.dice.shuffle(changes)
    for update, command in changes:
        await stage.tell(update, command)
    await stage.tell("restore_fact", session.command(FactCommand, fact_id=other.id))
    raw = {"source_type": FactSource.AI_SYNTHESIS, "raw_input": stage.words("the light was red")}
    await stage.tell("promote_fact", session.command(PromoteFact, **raw))
    await session.preview()


async def _fixes(stage: Stage) -> None:
    session = stage.session
    await stage.open(stage.words("a fix"))
    fix = await session.active_fix()
    script = session.command(AttachScript, fix_id=fix.id, script=stage.words("Get-Printer #"))
    decision = session.command(
        FixDecisionClick, fix_id=fix.id, decision=FixDecision.DRAFT_TEMPLATE, parameters_used={"Server": "p1"}
    )
    dismiss = session.command(FixOutcomeClick, fix_id=fix.id, outcome=FixOutcome.DISMISSED)
    partial = session.command(
        FixOutcomeClick, fix_id=fix.id, outcome=FixOutcome.APPLIED_PARTIAL, notes=stage.words()
    )

    def on_fix() -> FixCommand:
        return session.command(FixCommand, fix_id=fix.id)

    await stage.tell("fix_outcome", dismiss)
    await stage.tell("restore_fix", on_fix())
    first = [("fix_script", script), ("fix_applied", session.command(FixApplied, fix_id=fix.id))]
    stage.dice.shuffle(first)
    for update, command in first:
        await stage.tell(update, command)
    await stage.tell("fix_decision", decision)
    await stage.tell("engineer_message", _say(stage, "it prints"))
    quiet = [("clear_outcome_proposal", on_fix()), ("silence_nudge", on_fix())]
    stage.dice.shuffle(quiet)
    for update, quieting in quiet:
        await stage.tell(update, quieting)
    await stage.tell("fix_outcome", partial)
    await stage.tell("resume_fix", on_fix())


async def _lifecycle(stage: Stage) -> None:
    session = stage.session
    await stage.open()
    await stage.tell("pause", session.command(ChangeStatus))
    await session.handle.terminate("lost")
    await stage.tell("resume", session.command(ChangeStatus))
    await stage.tell("escalate", session.command(EscalateSession, markdown=stage.words()), WritebackAnswer)
    await stage.tell("pick_up", session.command(PickUpSession))
    await stage.tell("abandon", session.command(ChangeStatus, reason=stage.words()))
    await stage.tell("reopen", session.command(ReopenSession))


async def _idle(stage: Stage) -> None:
    await stage.open()

    async def paused() -> bool:
        return (await stage.session.row()).status is SessionStatus.PAUSED

    await until(paused, within=WITHIN, what="the pause")


async def _ticket(stage: Stage) -> None:
    session = stage.session
    await stage.open()
    await _keep(stage, ticket(TICKET, "No print"))
    link = session.command(LinkTicket, psa_connection_id=session.tenant.connection_id, psa_ticket_id=TICKET)
    await stage.tell("link_ticket", link)
    seconds = [
        session.command(
            SpinOffTicket,
            summary=stage.words("The scanner"),
            description=stage.words(),
            company_id=COMPANY,
        ),
        session.command(SpinOffTicket, summary="On no board", board_id=77, company_id=COMPANY),
    ]
    stage.dice.shuffle(seconds)
    for second in seconds:
        await stage.tell("spin_off_ticket", second)
    await session.handle.signal("ticket_changed", TicketChanged(psa_ticket_id=TICKET))
    await stage.until_event(EventType.TICKET_CHANGED, 2)


async def _ending(stage: Stage) -> None:
    """After an update, time and note go to the ticket; its status is refused until it is complete, and retried."""
    session, psa = stage.session, stage.psa
    assert psa is not None
    await _keep(stage, ticket(TICKET, "No print"))
    await stage.open(psa_connection_id=session.tenant.connection_id, psa_ticket_id=TICKET)
    update = session.command(ShareUpdate, markdown=stage.words(), audience=UpdateAudience.CLIENT)
    await stage.tell("share_update", update, WritebackAnswer)
    await stage.writebacks_ended()
    psa.require_on_close("subType")
    note = f"{NOTE}\n\n{stage.words()}"
    await stage.tell(
        "resolve", session.command(ResolveSession, markdown=note, log_minutes=42), WritebackAnswer
    )
    await stage.writebacks_ended()
    psa.configure(required_on_close=[])
    await stage.tell("retry_writeback", session.command(RetryWriteback), WritebackAnswer)
    await stage.writebacks_ended()


def _say(stage: Stage, cue: str) -> EngineerMessage:
    return stage.session.command(EngineerMessage, text=stage.words(cue)[:LONG])


async def _keep(stage: Stage, detail: TicketDetail) -> None:
    """Store a ticket as the API does before it sends the link."""
    session = stage.session
    async with session.database.tenant(session.tenant.account_id) as db:
        await db.merge(
            TicketSnapshot(
                account_id=session.tenant.account_id,
                connection_id=session.tenant.connection_id,
                ticket_id=detail.id,
                document=detail.model_dump(mode="json"),
                fetched_at=datetime.now(UTC),
            )
        )


STORIES = (
    Story(
        "conversation",
        frozenset({"open_session", "chat_turn", "record_answers", "reopen_item", "record_rejected_command"}),
        _conversation,
        aside=True,
    ),
    Story(
        "turns",
        frozenset({"store_message", "close_turn", "requeue_failed_turn", "write_digest"}),
        _turns,
    ),
    Story("stopped", frozenset({"record_stop"}), _stopped),
    Story(
        "facts",
        frozenset(
            {
                "add_fact",
                "edit_fact",
                "delete_fact",
                "restore_fact",
                "synthesise_fact",
                "promote_fact",
                "generate_note",
            }
        ),
        _facts,
    ),
    Story(
        "fixes",
        frozenset(
            {
                "record_fix_applied",
                "record_fix_outcome",
                "clear_outcome_proposal",
                "resume_fix",
                "restore_fix",
                "silence_nudge",
                "record_fix_decision",
                "attach_script",
            }
        ),
        _fixes,
        aside=True,
    ),
    Story(
        "lifecycle",
        frozenset(
            {
                "pause_session",
                "load_session",
                "resume_session",
                "begin_escalation",
                "pick_up_session",
                "abandon_session",
                "reopen_session",
            }
        ),
        _lifecycle,
    ),
    Story("idle", frozenset({"pause_idle_session"}), _idle, session_input={"inactivity_seconds": 0.5}),
    Story(
        "ticket",
        frozenset({"link_ticket", "refresh_ticket", "begin_spin_off", "create_spin_off", "end_spin_off"}),
        _ticket,
        on_ticket=True,
        aside=True,
    ),
    Story(
        "ending",
        frozenset(
            {
                "begin_update",
                "begin_resolution",
                "post_ticket_note",
                "log_ticket_time",
                "set_ticket_status",
                "verify_ticket",
                "end_writeback",
                "begin_writeback_retry",
            }
        ),
        _ending,
        on_ticket=True,
    ),
)
