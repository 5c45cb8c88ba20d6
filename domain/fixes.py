"""What may happen to a suggested fix.

Every function is pure, takes the time as an argument and returns the fix as it is afterwards: the same object
when nothing changed, so that the caller can see whether there is something to store.

A fix is *active* while it is neither superseded nor dismissed; a session has at most one. It is *verifying*
from the declared run until an outcome is clicked.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue

from domain.errors import RuleViolation, ViolationKind
from domain.text import normalise_text
from domain.vocabulary import FixDecision, FixOutcome, FixStatus, ProposedOutcome

OUTCOME_NOTES_LIMIT = 500
PARAMETERS_DEPTH = 20
"""Objects and lists in one another; what is far deeper can be written by nobody who reads it, and by no library."""
NUDGE_AFTER_MESSAGES = 3

_FINAL = frozenset({FixStatus.APPLIED_SUCCESS, FixStatus.APPLIED_FAILED})
_UNDECIDED = frozenset({FixStatus.PROPOSED, FixStatus.APPLIED_PARTIAL})


class FixState(BaseModel):
    """What the rules need to know of a fix. `status_before_dismissal` is set only while it is dismissed."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    title: str
    status: FixStatus = FixStatus.PROPOSED
    applied_at: AwareDatetime | None = None
    verified_at: AwareDatetime | None = None
    superseded_at: AwareDatetime | None = None
    partial_notes: str | None = None
    failure_reason: str | None = None
    status_before_dismissal: FixStatus | None = None
    has_script: bool = False
    has_template: bool = False
    proposed_outcome: ProposedOutcome | None = None


def is_too_deep(parameters: JsonValue) -> bool:
    """Whether the parameters of a script are nested beyond every reason. Never raises, however deep they are."""
    level: list[JsonValue] = [parameters]
    for _ in range(PARAMETERS_DEPTH):
        level = [inner for outer in level for inner in _inside(outer)]
    return any(isinstance(value, dict | list) for value in level)


def _inside(value: JsonValue) -> Iterable[JsonValue]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def is_active(fix: FixState) -> bool:
    """Neither superseded nor dismissed; a final fix stays the active one until another is proposed."""
    return fix.superseded_at is None and fix.status is not FixStatus.DISMISSED


def is_open(fix: FixState) -> bool:
    """The active fix still waits for its final outcome (proposed, verifying or partial)."""
    return is_active(fix) and fix.status in _UNDECIDED


def is_verifying(fix: FixState) -> bool:
    """The active fix was run and nobody has said yet whether it worked."""
    return is_active(fix) and fix.status is FixStatus.PROPOSED and fix.applied_at is not None


def is_tried_without_outcome(fix: FixState) -> bool:
    """Replaced after a run that nobody judged: the page asks once whether it helped."""
    return fix.superseded_at is not None and fix.status is FixStatus.PROPOSED and fix.applied_at is not None


def same_title(a: str, b: str) -> bool:
    """Whether two titles name the same fix: trimmed, spaces collapsed, casefolded."""
    return normalise_text(a) == normalise_text(b)


def apply_fix(fix: FixState, now: datetime) -> FixState:
    """Declare that the fix was run. A second declaration changes nothing.

    Raises fix_superseded, fix_dismissed, fix_final, fix_not_proposed.
    """
    _require_not_superseded(fix, "It can no longer be applied; work with the fix that replaced it.")
    _require_not_dismissed(fix)
    _require_not_final(fix)
    if fix.status is not FixStatus.PROPOSED:
        raise RuleViolation(
            "fix_not_proposed",
            "This fix was already run in part. Finish it, or say whether it worked.",
        )
    return fix if fix.applied_at is not None else fix.model_copy(update={"applied_at": now})


def record_outcome(fix: FixState, outcome: FixOutcome, notes: str | None, now: datetime) -> FixState:
    """Say whether the fix worked. A superseded fix takes an outcome only if it had been run.

    `notes` (≤ 500 characters after trimming) are required for partial, the reason for failed, else unused.
    Raises fix_final, fix_dismissed, fix_superseded, partial_notes_required, notes_too_long.
    """
    if outcome is FixOutcome.DISMISSED:
        return dismiss(fix, now)
    _require_not_final(fix)
    _require_not_dismissed(fix)
    if fix.applied_at is None:
        _require_not_superseded(fix, "It was never run, so there is no outcome to record.")
    changes: dict[str, object] = {
        "status": FixStatus(outcome.value),
        "applied_at": fix.applied_at or now,
        "proposed_outcome": None,
    }
    trimmed = _outcome_notes(notes)
    if outcome is FixOutcome.APPLIED_PARTIAL:
        if trimmed is None:
            raise RuleViolation(
                "partial_notes_required",
                "Say in a note what was done and what remains.",
                ViolationKind.INVALID,
            )
        changes["partial_notes"] = trimmed
    else:
        changes["verified_at"] = now
        if outcome is FixOutcome.APPLIED_FAILED:
            changes["failure_reason"] = trimmed
    return _changed(fix, changes)


def _outcome_notes(notes: str | None) -> str | None:
    trimmed = (notes or "").strip()
    if len(trimmed) > OUTCOME_NOTES_LIMIT:
        raise RuleViolation(
            "notes_too_long",
            f"The note has {len(trimmed)} characters; {OUTCOME_NOTES_LIMIT} are allowed.",
            ViolationKind.UNPROCESSABLE,
        )
    return trimmed or None


def needs_escalation_answer(fix: FixState | None) -> bool:
    """Whether escalating asks first: the active fix was run, in whole or in part, and nobody has judged it."""
    return fix is not None and (
        is_verifying(fix) or (is_active(fix) and fix.status is FixStatus.APPLIED_PARTIAL)
    )


def check_escalation_answer(fix: FixState | None, outcome: FixOutcome | None, *, never_applied: bool) -> None:
    """Refuse an escalation that leaves the question open, or answers it twice.

    Raises fix_outcome_required, fix_outcome_twice.
    """
    if outcome is not None and never_applied:
        raise RuleViolation(
            "fix_outcome_twice",
            "Say either how the fix went or that it was never applied.",
            ViolationKind.INVALID,
        )
    if needs_escalation_answer(fix) and outcome is None and not never_applied:
        raise RuleViolation(
            "fix_outcome_required",
            "The fix was run and nobody has said whether it helped. Say so before the session is escalated.",
        )


def take_back_run(fix: FixState) -> FixState:
    """The declared run did not take place ("never applied"): the fix is proposed again.

    Raises fix_superseded, fix_dismissed, fix_final.
    """
    _require_not_superseded(fix, "Say whether it helped.")
    _require_not_dismissed(fix)
    _require_not_final(fix)
    return _changed(
        fix,
        {"status": FixStatus.PROPOSED, "applied_at": None, "partial_notes": None, "proposed_outcome": None},
    )


def dismiss(fix: FixState, now: datetime) -> FixState:
    """Set the fix aside, as a decision or as an outcome: no longer active, its run kept, restorable.

    `now` is taken like in every transition, although a dismissal stamps nothing. Raises fix_superseded,
    fix_final, fix_dismissed.
    """
    _require_not_superseded(fix, "There is nothing left to dismiss.")
    _require_not_final(fix)
    _require_not_dismissed(fix)
    return fix.model_copy(
        update={
            "status": FixStatus.DISMISSED,
            "status_before_dismissal": fix.status,
            "proposed_outcome": None,
        }
    )


def restore(fix: FixState, another_active: bool, now: datetime) -> FixState:
    """Bring a dismissed fix back with the status it had.

    Raises fix_superseded, fix_not_dismissed, another_fix_active.
    """
    _require_not_superseded(fix, "It cannot be brought back.")
    if fix.status is not FixStatus.DISMISSED:
        raise RuleViolation("fix_not_dismissed", "This fix is not dismissed, so there is nothing to restore.")
    if another_active:
        raise RuleViolation(
            "another_fix_active",
            "Another fix is active in this session. Dismiss that one first, then restore this one.",
        )
    return fix.model_copy(
        update={
            "status": fix.status_before_dismissal or FixStatus.PROPOSED,
            "status_before_dismissal": None,
        }
    )


def resume_partial(fix: FixState, now: datetime) -> FixState:
    """Finish a partial fix: the rest is run now and it is verifying again, its notes kept.

    Raises fix_superseded, fix_dismissed, fix_final, fix_not_partial.
    """
    _require_not_superseded(fix, "It can no longer be finished; say whether it helped.")
    _require_not_dismissed(fix)
    _require_not_final(fix)
    if fix.status is not FixStatus.APPLIED_PARTIAL:
        raise RuleViolation("fix_not_partial", "Only a fix that was done in part can be finished.")
    return fix.model_copy(update={"status": FixStatus.PROPOSED, "applied_at": now})


def record_decision(fix: FixState, decision: FixDecision, has_script: bool, now: datetime) -> FixState:
    """Take a script path. `one_off` and `draft_template` declare the run; `build_template` changes nothing.

    `has_script`: a script comes with the decision itself (edited by the engineer). Running the script of a
    partial fix is finishing it. Raises script_required and what `dismiss`, `apply_fix` and
    `resume_partial` raise.
    """
    if decision is FixDecision.DISMISSED:
        return dismiss(fix, now)
    if decision is FixDecision.BUILD_TEMPLATE:
        return fix
    decided = resume_partial(fix, now) if fix.status is FixStatus.APPLIED_PARTIAL else apply_fix(fix, now)
    if not (has_script or fix.has_script):
        raise RuleViolation(
            "script_required",
            "This fix has no script to run yet. Draft one, or send your own with the decision.",
            ViolationKind.INVALID,
        )
    return decided


def attach_script(fix: FixState) -> FixState:
    """Give the fix a script. Declares nothing. Raises fix_superseded, fix_dismissed, fix_final."""
    _require_not_superseded(fix, "Attach the script to the fix that replaced it.")
    _require_not_dismissed(fix)
    _require_not_final(fix)
    return _changed(fix, {"has_script": True})


def propose_outcome(fix: FixState, outcome: ProposedOutcome) -> FixState:
    """Note what the pilot read from the conversation. Ignored unless the fix is the active one and undecided.

    A declared run is not required: an engineer may report a result without having clicked Apply, and the
    outcome click stamps the run.
    """
    return _changed(fix, {"proposed_outcome": outcome}) if is_open(fix) else fix


def clear_proposal(fix: FixState) -> FixState:
    """Forget what the pilot proposed ("not yet"). Idempotent, valid in every status, changes no note."""
    return _changed(fix, {"proposed_outcome": None})


def repropose(fix: FixState, title: str, has_script: bool, has_template: bool) -> FixState:
    """The pilot proposes the same fix again: new wording and scripts, same id, status and run.

    A script the fix has already (perhaps the engineer's own) is kept when the new proposal brings none.
    """
    return _changed(
        fix,
        {
            "title": title,
            "has_script": fix.has_script or has_script,
            "has_template": has_template,
        },
    )


def supersede(fix: FixState, now: datetime) -> FixState:
    """A different fix takes over. A dismissed one is not active, so it is left alone and stays restorable."""
    return fix.model_copy(update={"superseded_at": now}) if is_active(fix) else fix


class NudgeState(BaseModel):
    """When to remind of the missing outcome.

    `messages_since_apply` is how many engineer messages are newer than `applied_at`: counted from the conversation,
    never kept beside it. `silenced_until` is the count from which the reminder may show again after "still checking".
    """

    model_config = ConfigDict(frozen=True)

    messages_since_apply: int = 0
    silenced_until: int | None = None


def silence_nudge(nudge: NudgeState, fix: FixState) -> NudgeState:
    """No reminder for three more messages ("still checking").

    Raises fix_superseded, fix_dismissed, fix_final, fix_not_verifying.
    """
    _require_not_superseded(fix, "Say whether it helped.")
    _require_not_dismissed(fix)
    _require_not_final(fix)
    if not is_verifying(fix):
        raise RuleViolation("fix_not_verifying", "Only a fix that was run and not judged yet has a reminder.")
    return nudge.model_copy(update={"silenced_until": nudge.messages_since_apply + NUDGE_AFTER_MESSAGES})


def is_nudge_due(nudge: NudgeState, fix: FixState | None) -> bool:
    """Whether the verifying banner is to shrink to the reminder now."""
    if fix is None or not is_verifying(fix):
        return False
    return nudge.messages_since_apply >= (nudge.silenced_until or NUDGE_AFTER_MESSAGES)


def nudge_after(before: FixState, after: FixState, nudge: NudgeState) -> NudgeState:
    """The counter starts again with every declared run (apply, a decision that runs, finishing a partial)."""
    return nudge if before.applied_at == after.applied_at else NudgeState()


def _changed(fix: FixState, changes: dict[str, object]) -> FixState:
    if all(getattr(fix, field) == value for field, value in changes.items()):
        return fix
    return fix.model_copy(update=changes)


def _require_not_superseded(fix: FixState, consequence: str) -> None:
    if fix.superseded_at is not None:
        raise RuleViolation("fix_superseded", f"Another fix has replaced this one. {consequence}")


def _require_not_dismissed(fix: FixState) -> None:
    if fix.status is FixStatus.DISMISSED:
        raise RuleViolation("fix_dismissed", "This fix was dismissed. Restore it first.")


def _require_not_final(fix: FixState) -> None:
    if fix.status in _FINAL:
        word = "it worked" if fix.status is FixStatus.APPLIED_SUCCESS else "it did not work"
        raise RuleViolation("fix_final", f"The outcome of this fix is already final: {word}.")
