"""A session kept in memory by the product's own rules, put together as the workflow and its steps put them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from domain.errors import RuleViolation, ViolationKind
from domain.facts import check_editable, check_promotion, check_source, checked_fact_text
from domain.fixes import (
    FixState,
    apply_fix,
    attach_script,
    check_escalation_answer,
    clear_proposal,
    is_active,
    is_verifying,
    propose_outcome,
    record_decision,
    record_outcome,
    repropose,
    restore,
    resume_partial,
    same_title,
    supersede,
    take_back_run,
)
from domain.lane import merge_lane
from domain.markers import ParsedCheck, ParsedQuestion, ParsedReply
from domain.pilot import LaneItemView
from domain.session_state import ActiveFix, SessionSnapshot
from domain.sessions import SessionCommand, check_command, is_open, status_after, status_after_writeback
from domain.text import normalise_text
from domain.vocabulary import (
    ArtifactKind,
    FactSource,
    FixDecision,
    FixOutcome,
    LaneItemKind,
    LaneItemStatus,
    ProposedOutcome,
    SessionStatus,
)
from workflows.troubleshooting_session.messages import EscalateSession
from workflows.troubleshooting_session.state import (
    NextStep,
    check_apply,
    check_closing,
    check_escalation,
    check_outcome,
    check_text,
    newest,
    next_step,
)

START = datetime(2031, 2, 3, 9, 0, tzinfo=UTC)
ENGINEER = UUID(int=1)
T = TypeVar("T")


@dataclass(frozen=True)
class KeptFact:
    text: str
    source: FactSource
    deleted: bool = False


class RuledSession:
    """The real rules. Every command changes all of its parts or raises `RuleViolation` and changes none."""

    def __init__(self) -> None:
        self.status = SessionStatus.ACTIVE
        self.version = 0
        self.seq = 0
        self.fixes: list[FixState] = []
        self.lane: list[LaneItemView] = []
        self.facts: list[KeptFact] = []
        self.posting: ArtifactKind | None = None
        self.waiting: list[UUID] = []
        self._ids = 0
        self.sent: list[SessionSnapshot] = []
        """Answers of steps that have not reached the workflow yet."""
        self.known: SessionSnapshot | None = None

    def now(self, at: int) -> datetime:
        return START + timedelta(minutes=at)

    @property
    def active(self) -> FixState | None:
        return next((fix for fix in self.fixes if is_active(fix)), None)

    def snapshot(self) -> SessionSnapshot:
        """What a step answers: the state that the workflow decides with."""
        fix = self.active
        return SessionSnapshot(
            seq=self.seq,
            status=self.status,
            state_version=self.version,
            engineer_id=ENGINEER,
            last_activity_at=START,
            active_fix=ActiveFix(
                id=fix.id,
                status=fix.status,
                applied_at=fix.applied_at,
                has_script=fix.has_script,
                has_template=fix.has_template,
            )
            if fix
            else None,
            queued=self.waiting,
            running_writeback=1 if self.posting else None,
        )

    def recorded(self) -> None:
        """A step has ended: its answer is on its way."""
        self.seq += 1
        self.sent.append(self.snapshot())

    def deliver(self, which: int) -> None:
        """One of the answers arrives, not always the oldest."""
        self.known = newest(self.known, self.sent.pop(which % len(self.sent)))

    def next_step(self) -> NextStep:
        return next_step(self.snapshot(), followed_writeback=None, continue_as_new_suggested=False)

    # --- the session ---

    def message(self) -> None:
        check_text(self.snapshot(), "It is back.")
        self._take(SessionCommand.MESSAGE)

    def turn_ends(self) -> None:
        self.waiting = []

    def move(self, command: str) -> None:
        rule = SessionCommand(command)
        after = status_after(self.status, rule)
        if rule is SessionCommand.ABANDON:
            check_closing(self.snapshot(), rule)
        self.status = after
        self._drop_if_closed()

    def resolve(self, now: int) -> None:
        check_closing(self.snapshot(), SessionCommand.RESOLVE)
        status_after(self.status, SessionCommand.RESOLVE)
        fix = self.active
        if fix is not None and is_verifying(fix):
            self._replace(fix, record_outcome(fix, FixOutcome.APPLIED_SUCCESS, None, self.now(now)))
        self.posting = ArtifactKind.RESOLUTION_NOTE

    def escalate(self, outcome: str | None, notes: str | None, never_applied: bool, now: int) -> None:
        said = FixOutcome(outcome) if outcome else None
        early = _refusal(
            lambda: check_escalation(
                self.snapshot(),
                EscalateSession(
                    command_id="escalate",
                    request_hash="",
                    account_id=ENGINEER,
                    session_id=ENGINEER,
                    actor_id=ENGINEER,
                    markdown="",
                    fix_outcome=said,
                    fix_never_applied=never_applied,
                ),
            )
        )
        if early is not None:
            raise early
        fix = self.active
        check_escalation_answer(fix, said, never_applied=never_applied)
        if (said is not None or never_applied) and fix is None:
            raise RuleViolation("no_active_fix", "No fix is active any more.")
        after = status_after(self.status, SessionCommand.ESCALATE)
        if fix is not None and said is not None:
            self._replace(fix, record_outcome(fix, said, notes, self.now(now)))
        elif fix is not None and never_applied:
            self._replace(fix, take_back_run(fix))
        self.status = after
        self.posting = ArtifactKind.ESCALATION_PACKAGE

    def posted(self, well: bool) -> None:
        assert self.posting is not None
        if well:
            self.status = status_after_writeback(self.posting, self.status)
            self._drop_if_closed()
        self.posting = None

    # --- fixes ---

    def propose(self, title: str, script: bool, template: bool, now: int) -> None:
        if not is_open(self.status):
            return
        fix = self.active
        if fix is not None and same_title(fix.title, title):
            self._replace(fix, repropose(fix, title, script, template))
            return
        self.fixes = [supersede(one, self.now(now)) for one in self.fixes]
        self.fixes.append(FixState(id=self._new_id(), title=title, has_script=script, has_template=template))
        self.version += 1

    def read_outcome(self, which: int, outcome: str) -> None:
        if is_open(self.status):
            self.fixes[which] = propose_outcome(self.fixes[which], ProposedOutcome(outcome))

    def not_yet(self, which: int) -> None:
        check_command(self.status, SessionCommand.CHANGE_FIX)
        self.fixes[which] = clear_proposal(self.fixes[which])

    def apply(self, which: int, now: int) -> None:
        fix = self.fixes[which]
        self._change(
            fix, lambda one: apply_fix(one, self.now(now)), lambda: check_apply(self.snapshot(), fix.id)
        )

    def outcome(self, which: int, outcome: str, notes: str | None, now: int) -> None:
        fix, said = self.fixes[which], FixOutcome(outcome)
        self._change(
            fix,
            lambda one: record_outcome(one, said, notes, self.now(now)),
            lambda: check_outcome(self.snapshot(), fix.id, said, notes),
            SessionCommand.RECORD_OUTCOME,
        )

    def decide(self, which: int, decision: str, edited: bool, now: int) -> None:
        self._change(
            self.fixes[which], lambda one: record_decision(one, FixDecision(decision), edited, self.now(now))
        )

    def finish(self, which: int, now: int) -> None:
        self._change(self.fixes[which], lambda one: resume_partial(one, self.now(now)))

    def restore(self, which: int, now: int) -> None:
        others = self.active is not None
        self._change(self.fixes[which], lambda one: restore(one, others, self.now(now)))

    def attach(self, which: int) -> None:
        self._change(self.fixes[which], attach_script)

    def _change(
        self,
        fix: FixState,
        transition: Callable[[FixState], FixState],
        early_check: Callable[[], None] | None = None,
        command: SessionCommand = SessionCommand.CHANGE_FIX,
    ) -> None:
        """As the workflow does it: refused early from the snapshot, or judged by the step."""
        early = _refusal(early_check) if early_check is not None else None
        late, after = _attempt(lambda: self._judged(fix, transition, command))
        if late is not None:
            if early_check is not None and is_active(fix):
                assert early is not None, "the workflow would have let pass what the step refuses"
                assert (early.code, early.kind) == (late.code, late.kind)
            raise late
        assert early is None, "the workflow would have refused what the step takes"
        assert after is not None
        self._replace(fix, after)

    def _judged(
        self, fix: FixState, transition: Callable[[FixState], FixState], command: SessionCommand
    ) -> FixState:
        check_command(self.status, command)
        return transition(fix)

    def _replace(self, fix: FixState, after: FixState) -> None:
        self.fixes[self.fixes.index(fix)] = after
        if after is not fix:
            self.version += 1

    # --- lane ---

    def reply(
        self, asked: list[tuple[str, str, tuple[str, ...] | None]], states_lane: bool, cut_off: bool
    ) -> None:
        if not is_open(self.status):
            return
        reply = ParsedReply(
            prose="",
            questions=[
                ParsedQuestion(text=text, options=list(options) if options else None)
                for kind, text, options in asked
                if kind == "question"
            ],
            actions=[ParsedCheck(label=text) for kind, text, _ in asked if kind == "check"],
            lane_stated=states_lane,
            lane_cut_off=cut_off,
        )
        change = merge_lane(self.lane, reply, self._new_id)
        assert [item.id for item in change.items][: len(self.lane)] == [item.id for item in self.lane]
        self.lane = change.items
        self.version += not change.is_empty

    def answer(self, which: int, said: str | None) -> None:
        self._take(SessionCommand.ANSWER_ITEMS)
        status = LaneItemStatus.ANSWERED if said else LaneItemStatus.SKIPPED
        self.lane[which] = self.lane[which].model_copy(update={"status": status, "answer": said})
        self.version += 1

    # --- facts ---

    def add_fact(self, text: str) -> None:
        check_command(self.status, SessionCommand.CHANGE_FACTS)
        self._add(text, FactSource.USER_NOTE)

    def promote(self, source: str, kind: str | None, text: str | None, raw: str | None) -> None:
        check_command(self.status, SessionCommand.CHANGE_FACTS)
        check_promotion(FactSource(source), kind is not None, text, raw)
        if kind is not None:
            check_source(FactSource(source), LaneItemKind(kind))
        self._add(text or raw or "", FactSource(source))

    def edit_fact(self, which: int, text: str) -> None:
        fact = self._fact(which)
        check_editable(fact.source)
        cleaned = checked_fact_text(text)
        if cleaned != fact.text:
            self._require_new(cleaned, besides=fact)
            self.facts[which] = KeptFact(cleaned, fact.source)
            self.version += 1

    def delete_fact(self, which: int) -> None:
        fact = self._fact(which)
        self.facts[which] = KeptFact(fact.text, fact.source, deleted=True)
        self.version += 1

    def restore_fact(self, which: int) -> None:
        check_command(self.status, SessionCommand.CHANGE_FACTS)
        fact = self.facts[which]
        if not fact.deleted:
            raise RuleViolation("fact_not_deleted", "This fact is not deleted.")
        self._require_new(fact.text)
        self.facts[which] = KeptFact(fact.text, fact.source)
        self.version += 1

    def _fact(self, which: int) -> KeptFact:
        check_command(self.status, SessionCommand.CHANGE_FACTS)
        if self.facts[which].deleted:
            raise RuleViolation("fact_not_found", "No such fact.", ViolationKind.NOT_FOUND)
        return self.facts[which]

    def _add(self, text: str, source: FactSource) -> None:
        cleaned = checked_fact_text(text)
        self._require_new(cleaned)
        self.facts.append(KeptFact(cleaned, source))
        self.version += 1

    def _require_new(self, text: str, besides: KeptFact | None = None) -> None:
        for fact in self.facts:
            if fact is not besides and not fact.deleted and normalise_text(fact.text) == normalise_text(text):
                raise RuleViolation("fact_duplicate", "What we know already holds this fact.")

    def _take(self, command: SessionCommand) -> None:
        self.status = status_after(self.status, command)
        self.waiting = [*self.waiting, self._new_id()]

    def _drop_if_closed(self) -> None:
        if not is_open(self.status):
            self.waiting = []

    def _new_id(self) -> UUID:
        self._ids += 1
        return UUID(int=self._ids)


def _refusal(check: Callable[[], None]) -> RuleViolation | None:
    return _attempt(check)[0]


def _attempt(action: Callable[[], T]) -> tuple[RuleViolation | None, T | None]:
    try:
        return None, action()
    except RuleViolation as violation:
        return violation, None
