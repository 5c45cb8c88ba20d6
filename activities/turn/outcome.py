"""Storing what a reply says: prose, lane, facts, fix and proposal, in the transaction of the turn."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

from sqlalchemy import select

from activities.session_record.facts import store_fact
from activities.session_record.fixes import tell_fix
from activities.turn.lane_changes import read_touched, store_lane
from domain.conversation import superseded_line
from domain.fixes import is_tried_without_outcome, propose_outcome, repropose, same_title, supersede
from domain.lane import merge_lane
from domain.markers import ParsedFix, ParsedReply, Promotion
from domain.pilot import ProposedOutcomeView
from domain.vocabulary import EventType, FactSource, FixStatus, MessageRole
from infra.database.models import Fix, LaneItem, ScriptTemplate
from infra.database.rows import active_of, fix_state, lane_view, read_fixes, store_fix_state
from infra.session_record.messages import say
from infra.session_record.transaction import SessionTransaction


async def store_reply(
    transaction: SessionTransaction, reply: ParsedReply, message_ids: Sequence[UUID]
) -> list[str]:
    """Apply a parsed reply to the session. Answers what was not taken, one reason each, for the diagnostics."""
    confirmed_by = message_ids[-1] if message_ids else None
    ignored: list[str] = []
    # Facts first: they point at items as these were when the engineer answered them.
    if reply.promotions or reply.lane_stated:
        lane = await read_touched(transaction, reply)
        for promotion in reply.promotions:
            await _store_promotion(transaction, promotion, lane.rows, confirmed_by, ignored)
        change = merge_lane([lane_view(row) for row in lane.rows.values()], reply, uuid4)
        await store_lane(transaction, change, lane)
    if reply.proposed_outcome is not None or reply.suggested_fix is not None:
        fixes = list(await read_fixes(transaction.db, transaction.session.id))
        if reply.proposed_outcome is not None:
            await _store_outcome_proposal(transaction, reply.proposed_outcome, fixes, confirmed_by, ignored)
        if reply.suggested_fix is not None:
            await _store_fix(transaction, reply.suggested_fix, fixes, ignored)
    return ignored


async def _store_promotion(
    transaction: SessionTransaction,
    promotion: Promotion,
    lane: dict[UUID, LaneItem],
    message_id: UUID | None,
    ignored: list[str],
) -> None:
    source_ref = promotion.source_ref if promotion.source_ref in lane else None
    if promotion.source_ref is not None and source_ref is None:
        ignored.append("PROMOTE: the source_ref is not an item of this session; the fact is kept without it")
    if promotion.source_type is FactSource.AI_SYNTHESIS:
        source_ref = None
    stored = await store_fact(
        transaction,
        text=promotion.text,
        summary=promotion.summary,
        source=promotion.source_type,
        source_ref=source_ref,
        message_id=message_id,
    )
    if stored is None:
        ignored.append("PROMOTE: the fact is known already")


async def _store_outcome_proposal(
    transaction: SessionTransaction,
    proposal: ProposedOutcomeView,
    fixes: Sequence[Fix],
    message_id: UUID | None,
    ignored: list[str],
) -> None:
    active = active_of(fixes)
    if active is None or active.id != proposal.fix_id:
        ignored.append("FIX_OUTCOME: not the active fix of this session")
        return
    if active.applied_at is None:
        ignored.append("FIX_OUTCOME: nobody has run the fix yet")
        return
    if propose_outcome(fix_state(active), proposal.outcome).proposed_outcome is not proposal.outcome:
        ignored.append("FIX_OUTCOME: the fix has its final outcome")
        return
    active.outcome_proposal = {
        "outcome": proposal.outcome.value,
        "reason": proposal.reason,
        "message_id": str(message_id) if message_id else None,
    }
    active.updated_at = transaction.now
    # No note tells it, so the version stays: only a click makes it an outcome.
    await tell_fix(transaction, EventType.FIX_CHANGED, active)


async def _store_fix(
    transaction: SessionTransaction, suggested: ParsedFix, fixes: Sequence[Fix], ignored: list[str]
) -> None:
    active = active_of(fixes)
    template = await _find_template(transaction, suggested.script_template_slug)
    if suggested.script_template_slug and template is None:
        ignored.append("SUGGEST_FIX: unknown script_template_slug")
    reason = _why_not_again(fixes, suggested.title)
    if reason is not None:
        ignored.append(f"SUGGEST_FIX: {reason}")
        return
    if active is not None and same_title(active.title, suggested.title):
        await _update_fix(transaction, active, suggested, template)
        return
    if active is not None:
        await _supersede(transaction, active, suggested.title)
    row = Fix(
        id=uuid4(),
        account_id=transaction.session.account_id,
        session_id=transaction.session.id,
        title=suggested.title,
        description=suggested.description,
        confidence_pct=suggested.confidence_pct,
        script_template_id=template.id if template else None,
        script_template_slug=template.slug if template else None,
        ai_drafted_script=suggested.ai_drafted_script,
        ai_drafted_parameters=suggested.ai_drafted_parameters,
        status=FixStatus.PROPOSED,
        created_at=transaction.now,
        updated_at=transaction.now,
    )
    transaction.db.add(row)
    await tell_fix(transaction, EventType.FIX_PROPOSED, row)
    transaction.change_note()


def _why_not_again(fixes: Sequence[Fix], title: str) -> str | None:
    """Why a fix of this title is not proposed again: it failed, or the engineer turned it down."""
    for fix in fixes:
        if same_title(fix.title, title):
            if fix.status is FixStatus.APPLIED_FAILED:
                return "this fix was tried and did not work"
            if fix.status is FixStatus.DISMISSED:
                return "the engineer has dismissed this fix and can restore it"
    return None


async def _update_fix(
    transaction: SessionTransaction, row: Fix, suggested: ParsedFix, template: ScriptTemplate | None
) -> None:
    """The same fix again: new wording and scripts; its run and outcome stay."""
    has_script = suggested.ai_drafted_script is not None
    store_fix_state(row, repropose(fix_state(row), suggested.title, has_script, template is not None))
    row.description = suggested.description
    row.confidence_pct = suggested.confidence_pct
    if has_script:
        row.ai_drafted_script = suggested.ai_drafted_script
        row.ai_drafted_parameters = suggested.ai_drafted_parameters
    if template is not None:
        row.script_template_id, row.script_template_slug = template.id, template.slug
    row.updated_at = transaction.now
    await tell_fix(transaction, EventType.FIX_CHANGED, row)
    transaction.change_note()


async def _supersede(transaction: SessionTransaction, row: Fix, new_title: str) -> None:
    state = supersede(fix_state(row), transaction.now)
    store_fix_state(row, state)
    row.updated_at = transaction.now
    # The index allows one active fix: the old one must be written before the new one is.
    await transaction.db.flush()
    line = superseded_line(row.title, new_title, outcome_missing=is_tried_without_outcome(state))
    say(transaction, line, role=MessageRole.SYSTEM)
    await tell_fix(transaction, EventType.FIX_SUPERSEDED, row)


async def _find_template(transaction: SessionTransaction, slug: str | None) -> ScriptTemplate | None:
    if not slug:
        return None
    found = await transaction.db.execute(
        select(ScriptTemplate).where(ScriptTemplate.slug == slug, ScriptTemplate.archived_at.is_(None))
    )
    return found.scalar_one_or_none()
