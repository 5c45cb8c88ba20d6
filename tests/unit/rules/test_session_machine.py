"""Any order of what a pilot proposes and an engineer clicks: what must hold of a session's fixes and lane holds after
every step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain.errors import RuleViolation, ViolationKind
from domain.fixes import (
    FixState,
    apply_fix,
    attach_script,
    clear_proposal,
    is_active,
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
from domain.lane import lane_identity, merge_lane
from domain.markers import ParsedCheck, ParsedQuestion, ParsedReply
from domain.pilot import LaneItemView
from domain.vocabulary import (
    FixDecision,
    FixOutcome,
    FixStatus,
    LaneItemKind,
    LaneItemStatus,
    ProposedOutcome,
)

START = datetime(2031, 2, 3, 9, 0, tzinfo=UTC)
FINAL = {FixStatus.APPLIED_SUCCESS, FixStatus.APPLIED_FAILED}
TITLES = st.sampled_from(
    ["Clear credentials", "CLEAR  credentials ", "Rebuild the profile", "Reassign the licence"]
)
TEXTS = st.lists(st.sampled_from(["Who?", " who? ", "Since when?", "Where?", "Which plan?"]), max_size=3)
WHICH = st.integers(0, 30)
NOTES = st.sampled_from([None, " ", "One of two hosts."])


class SessionMachine(RuleBasedStateMachine):
    """A session's fixes and lane, kept as the activities keep them: the rules decide, the rows follow."""

    @initialize()
    def begin(self) -> None:
        self.now = START
        self.ids = 0
        self.fixes: list[FixState] = []
        self.lane: list[LaneItemView] = []
        self.declared: dict[UUID, datetime | None] = {}
        """What the run of each fix must be, by what was clicked and nothing else."""
        self.judged: dict[UUID, FixStatus] = {}
        self.refusals: set[ViolationKind] = set()
        self.known_items: dict[tuple[LaneItemKind, str], UUID] = {}

    def _later(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now

    def _new_id(self) -> UUID:
        self.ids += 1
        return UUID(int=self.ids)

    @property
    def active(self) -> FixState | None:
        return next((fix for fix in self.fixes if is_active(fix)), None)

    def _change(self, which: int, transition: Callable[[FixState], FixState]) -> tuple[FixState, bool]:
        """Run a transition on one of the fixes; answers the fix afterwards, and whether the rules took it."""
        index = which % len(self.fixes)
        before = self.fixes[index]
        try:
            after = transition(before)
        except RuleViolation as refused:
            self.refusals.add(refused.kind)
            return before, False
        self.fixes[index] = after
        return after, True

    def _run(self, fix: FixState, now: datetime, *, again: bool = False) -> None:
        if again or self.declared[fix.id] is None:
            self.declared[fix.id] = now

    @rule(title=TITLES, has_script=st.booleans(), has_template=st.booleans())
    def the_pilot_proposes_a_fix(self, title: str, has_script: bool, has_template: bool) -> None:
        now, active = self._later(), self.active
        if active is not None and same_title(active.title, title):
            self._change(
                self.fixes.index(active), lambda fix: repropose(fix, title, has_script, has_template)
            )
            assert self.active is not None
            assert self.active.id == active.id
            return
        self.fixes = [supersede(fix, now) for fix in self.fixes]
        self.fixes.append(
            FixState(id=self._new_id(), title=title, has_script=has_script, has_template=has_template)
        )
        self.declared[self.fixes[-1].id] = None

    @precondition(lambda self: self.fixes)
    @rule(which=WHICH, outcome=st.sampled_from(ProposedOutcome))
    def the_pilot_reads_an_outcome(self, which: int, outcome: ProposedOutcome) -> None:
        before = self.fixes[which % len(self.fixes)]
        after, _ = self._change(which, lambda fix: propose_outcome(fix, outcome))
        assert after.model_copy(update={"proposed_outcome": before.proposed_outcome}) == before

    @precondition(lambda self: self.fixes)
    @rule(which=WHICH)
    def not_yet(self, which: int) -> None:
        after, taken = self._change(which, clear_proposal)
        assert taken
        assert after.proposed_outcome is None

    @precondition(lambda self: self.fixes)
    @rule(which=WHICH)
    def the_fix_is_applied(self, which: int) -> None:
        now = self._later()
        fix, taken = self._change(which, lambda fix: apply_fix(fix, now))
        if taken:
            self._run(fix, now)

    @precondition(lambda self: self.fixes)
    @rule(which=WHICH, outcome=st.sampled_from(FixOutcome), notes=NOTES)
    def an_outcome_is_clicked(self, which: int, outcome: FixOutcome, notes: str | None) -> None:
        now = self._later()
        fix, taken = self._change(which, lambda fix: record_outcome(fix, outcome, notes, now))
        if taken:
            assert fix.proposed_outcome is None
            if outcome is not FixOutcome.DISMISSED:
                self._run(fix, now)
            if fix.status in FINAL:
                self.judged[fix.id] = fix.status

    @precondition(lambda self: self.fixes)
    @rule(which=WHICH, decision=st.sampled_from(FixDecision), edited=st.booleans())
    def a_script_path_is_taken(self, which: int, decision: FixDecision, edited: bool) -> None:
        now = self._later()
        was_partial = self.fixes[which % len(self.fixes)].status is FixStatus.APPLIED_PARTIAL
        fix, taken = self._change(which, lambda fix: record_decision(fix, decision, edited, now))
        if taken and decision in {FixDecision.ONE_OFF, FixDecision.DRAFT_TEMPLATE}:
            self._run(fix, now, again=was_partial)

    @precondition(lambda self: self.fixes)
    @rule(which=WHICH)
    def a_script_is_attached(self, which: int) -> None:
        self._change(which, attach_script)

    @precondition(lambda self: self.fixes)
    @rule(which=WHICH)
    def a_partial_fix_is_finished(self, which: int) -> None:
        now = self._later()
        fix, taken = self._change(which, lambda fix: resume_partial(fix, now))
        if taken:
            self._run(fix, now, again=True)

    @precondition(lambda self: self.fixes)
    @rule(which=WHICH)
    def a_dismissed_fix_is_restored(self, which: int) -> None:
        index = which % len(self.fixes)
        before, active = self.fixes[index], self.active
        fix, taken = self._change(which, lambda fix: restore(fix, active is not None, self._later()))
        if taken:
            assert active is None
            assert fix.status is before.status_before_dismissal

    @precondition(lambda self: self.fixes)
    @rule(which=WHICH)
    def the_run_never_took_place(self, which: int) -> None:
        fix, taken = self._change(which, take_back_run)
        if taken:
            self.declared[fix.id] = None

    @rule(questions=TEXTS, checks=TEXTS, states_lane=st.booleans(), cut_off=st.booleans())
    def the_pilot_asks(
        self, questions: list[str], checks: list[str], states_lane: bool, cut_off: bool
    ) -> None:
        before = self.lane
        reply = ParsedReply(
            prose="",
            questions=[ParsedQuestion(text=text) for text in questions],
            actions=[ParsedCheck(label=label) for label in checks],
            lane_stated=states_lane,
            lane_cut_off=cut_off,
        )
        change = merge_lane(before, reply, self._new_id)
        self.lane = change.items
        if not states_lane:
            assert self.lane == before
            return
        asked = {lane_identity(LaneItemKind.QUESTION, text) for text in questions}
        asked |= {lane_identity(LaneItemKind.CHECK, text) for text in checks}
        is_open = {lane_identity(item.kind, item.text) for item in self.lane if _is_open(item)}
        assert asked <= is_open
        if not cut_off:
            assert is_open == asked

    @precondition(lambda self: self.lane)
    @rule(
        which=WHICH,
        status=st.sampled_from([LaneItemStatus.ANSWERED, LaneItemStatus.SKIPPED, LaneItemStatus.OPEN]),
    )
    def an_item_is_answered_skipped_or_reopened(self, which: int, status: LaneItemStatus) -> None:
        index = which % len(self.lane)
        answer = "Yes" if status is LaneItemStatus.ANSWERED else None
        self.lane = list(self.lane)
        self.lane[index] = self.lane[index].model_copy(update={"status": status, "answer": answer})

    @invariant()
    def at_most_one_fix_is_active(self) -> None:
        assert sum(map(is_active, self.fixes)) <= 1

    @invariant()
    def what_is_refused_is_a_conflict_or_makes_no_sense(self) -> None:
        assert self.refusals <= {ViolationKind.CONFLICT, ViolationKind.INVALID}

    @invariant()
    def a_final_outcome_stays(self) -> None:
        now = {fix.id: fix.status for fix in self.fixes}
        assert all(now[fix_id] is status for fix_id, status in self.judged.items())
        assert all(fix.verified_at is not None for fix in self.fixes if fix.status in FINAL)

    @invariant()
    def a_run_is_known_only_when_it_was_declared(self) -> None:
        assert {fix.id: fix.applied_at for fix in self.fixes} == self.declared

    @invariant()
    def a_partial_fix_says_what_remains(self) -> None:
        assert all(fix.partial_notes for fix in self.fixes if fix.status is FixStatus.APPLIED_PARTIAL)

    @invariant()
    def an_item_keeps_its_id_for_ever_and_none_is_lost(self) -> None:
        found = {lane_identity(item.kind, item.text): item.id for item in self.lane}
        assert len(found) == len(self.lane) == len(set(found.values()))
        assert found.items() >= self.known_items.items()
        self.known_items = found


def _is_open(item: LaneItemView) -> bool:
    return item.status is LaneItemStatus.OPEN


TestSessionMachine = SessionMachine.TestCase
TestSessionMachine.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
