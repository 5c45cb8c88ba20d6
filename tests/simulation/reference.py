"""The rules of a session, written a second time from the product's description: no code of the product is used here.

Words are plain strings and times are counted. A command answers `ok`, or the nature of its refusal, and then nothing
has changed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

OK, CONFLICT, INVALID, FORBIDDEN, MISSING, UNUSABLE = (
    "ok",
    "conflict",
    "invalid",
    "forbidden",
    "not_found",
    "unprocessable",
)
FINAL = ("applied_success", "applied_failed")


def same(one: str, other: str) -> bool:
    return one.split() != [] and [w.casefold() for w in one.split()] == [w.casefold() for w in other.split()]


@dataclass
class ModelFix:
    title: str
    status: str = "proposed"
    applied: int | None = None
    verified: int | None = None
    replaced: bool = False
    notes: str | None = None
    reason: str | None = None
    before: str | None = None
    script: bool = False
    template: bool = False
    proposal: str | None = None

    @property
    def active(self) -> bool:
        return not self.replaced and self.status != "dismissed"

    @property
    def verifying(self) -> bool:
        return self.active and self.status == "proposed" and self.applied is not None

    @property
    def locked(self) -> bool:
        """Nothing is done with it any more, unless it is restored."""
        return self.replaced or self.status == "dismissed" or self.status in FINAL


@dataclass
class ModelItem:
    kind: str
    text: str
    status: str = "open"
    answer: str | None = None
    options: tuple[str, ...] | None = None


@dataclass
class ModelFact:
    text: str
    source: str
    deleted: bool = False


@dataclass
class Reference:
    status: str = "active"
    version: int = 0
    fixes: list[ModelFix] = field(default_factory=list)
    lane: list[ModelItem] = field(default_factory=list)
    facts: list[ModelFact] = field(default_factory=list)
    posting: str | None = None
    """What is on its way to the ticket: `resolve` or `escalate`."""
    waiting: int = 0
    """Messages that no turn has taken up."""

    @property
    def closed(self) -> bool:
        return self.status in ("resolved", "abandoned")

    @property
    def active(self) -> ModelFix | None:
        return next((fix for fix in self.fixes if fix.active), None)

    def due(self) -> str:
        if self.posting:
            return "follow_writeback"
        if self.closed:
            return "linger"
        return "run_turn" if self.waiting else "wait"

    # --- the session ---

    def message(self) -> str:
        if self.closed:
            return CONFLICT
        if self.status == "paused":
            self.status = "active"
        self.waiting += 1
        return OK

    def turn_ends(self) -> str:
        self.waiting = 0
        return OK

    def move(self, command: str) -> str:
        allowed = {
            "pause": ("active",),
            "resume": ("paused",),
            "abandon": ("active", "paused", "requesting_escalation", "escalated"),
            "reopen": ("resolved", "abandoned"),
            "pick_up": ("escalated",),
        }[command]
        if self.status not in allowed or (command == "abandon" and self.posting):
            return CONFLICT
        self.status = {"pause": "paused", "abandon": "abandoned"}.get(command, "active")
        if self.closed:
            self.waiting = 0
        return OK

    def resolve(self, now: int) -> str:
        if self.closed or self.posting:
            return CONFLICT
        fix = self.active
        if fix is not None and fix.verifying:
            self._judge(fix, "applied_success", None, now)
        self.posting = "resolve"
        return OK

    def escalate(self, outcome: str | None, notes: str | None, never_applied: bool, now: int) -> str:
        if self.status in ("escalated", "abandoned") or self.posting:
            return CONFLICT
        fix = self.active
        asks = fix is not None and (fix.verifying or fix.status == "applied_partial")
        if outcome and never_applied:
            return INVALID
        if asks and not outcome and not never_applied:
            return CONFLICT
        if (outcome or never_applied) and fix is None:
            return CONFLICT
        if outcome and fix is not None:
            verdict = self._outcome(fix, outcome, notes, now)
            if verdict != OK:
                return verdict
        elif never_applied and fix is not None:
            if fix.status in FINAL:
                return CONFLICT
            if (fix.status, fix.applied, fix.notes, fix.proposal) != ("proposed", None, None, None):
                self.version += 1
            fix.status, fix.applied, fix.notes, fix.proposal = "proposed", None, None, None
        self.status = "requesting_escalation"
        self.posting = "escalate"
        return OK

    def posted(self, well: bool) -> str:
        if well:
            self.status = "resolved" if self.posting == "resolve" else "escalated"
            if self.closed:
                self.waiting = 0
        self.posting = None
        return OK

    # --- fixes ---

    def propose(self, title: str, script: bool, template: bool) -> str:
        if self.closed:
            return OK
        fix = self.active
        if fix is not None and same(fix.title, title):
            after = (title, fix.script or script, template)
            if after != (fix.title, fix.script, fix.template):
                self.version += 1
            fix.title, fix.script, fix.template = after
            return OK
        if fix is not None:
            fix.replaced = True
        self.fixes.append(ModelFix(title, script=script, template=template))
        self.version += 1
        return OK

    def read_outcome(self, which: int, outcome: str) -> str:
        fix = self.fixes[which]
        if not self.closed and fix.active and fix.status not in FINAL:
            fix.proposal = outcome
        return OK

    def not_yet(self, which: int) -> str:
        if self.closed:
            return CONFLICT
        self.fixes[which].proposal = None
        return OK

    def apply(self, which: int, now: int) -> str:
        fix = self.fixes[which]
        if self.closed or fix.locked or fix.status != "proposed":
            return CONFLICT
        if fix.applied is None:
            fix.applied = now
            self.version += 1
        return OK

    def outcome(self, which: int, outcome: str, notes: str | None, now: int) -> str:
        if self.status == "abandoned":
            return CONFLICT
        return self._outcome(self.fixes[which], outcome, notes, now)

    def decide(self, which: int, decision: str, edited: bool, now: int) -> str:
        fix = self.fixes[which]
        if self.closed:
            return CONFLICT
        if decision == "build_template":
            return OK
        if fix.locked:
            return CONFLICT
        if decision == "dismissed":
            return self._dismiss(fix)
        if not (edited or fix.script):
            return INVALID
        if fix.status == "applied_partial":
            return self.finish(which, now)
        return self.apply(which, now)

    def finish(self, which: int, now: int) -> str:
        fix = self.fixes[which]
        if self.closed or fix.locked or fix.status != "applied_partial":
            return CONFLICT
        fix.status, fix.applied = "proposed", now
        self.version += 1
        return OK

    def restore(self, which: int) -> str:
        fix = self.fixes[which]
        if self.closed or fix.replaced or fix.status != "dismissed" or self.active is not None:
            return CONFLICT
        fix.status, fix.before = fix.before or "proposed", None
        self.version += 1
        return OK

    def attach(self, which: int) -> str:
        fix = self.fixes[which]
        if self.closed or fix.locked:
            return CONFLICT
        if not fix.script:
            fix.script = True
            self.version += 1
        return OK

    def _outcome(self, fix: ModelFix, outcome: str, notes: str | None, now: int) -> str:
        if fix.status in FINAL or fix.status == "dismissed":
            return CONFLICT
        if outcome == "dismissed":
            return CONFLICT if fix.replaced else self._dismiss(fix)
        if fix.replaced and fix.applied is None:
            return CONFLICT
        said = (notes or "").strip()
        if len(said) > 500:
            return UNUSABLE
        if outcome == "applied_partial" and not said:
            return INVALID
        self._judge(fix, outcome, said or None, now)
        return OK

    def _judge(self, fix: ModelFix, outcome: str, said: str | None, now: int) -> None:
        before = (fix.status, fix.notes, fix.proposal)
        fix.status, fix.proposal = outcome, None
        if fix.applied is None:
            fix.applied = now
        if outcome == "applied_partial":
            fix.notes = said
            if (fix.status, fix.notes, fix.proposal) == before:
                return  # the same word again
        else:
            fix.verified = now
            if outcome == "applied_failed":
                fix.reason = said
        self.version += 1

    def _dismiss(self, fix: ModelFix) -> str:
        fix.before, fix.status, fix.proposal = fix.status, "dismissed", None
        self.version += 1
        return OK

    # --- lane ---

    def reply(
        self, asked: list[tuple[str, str, tuple[str, ...] | None]], states_lane: bool, cut_off: bool
    ) -> str:
        if self.closed or not states_lane:
            return OK
        wanted: list[tuple[str, str, tuple[str, ...] | None]] = []
        for one in asked:
            if not any(kind == one[0] and same(text, one[1]) for kind, text, _ in wanted):
                wanted.append(one)
        before = [ModelItem(**vars(item)) for item in self.lane]
        for item in self.lane:
            again = next((one for one in wanted if one[0] == item.kind and same(one[1], item.text)), None)
            if again is not None:
                wanted.remove(again)
                item.status, item.answer, item.options = "open", None, again[2]
            elif item.status == "open" and not cut_off:
                item.status = "set_aside"
        self.lane += [ModelItem(kind, text, options=options) for kind, text, options in wanted]
        if self.lane != before:
            self.version += 1
        return OK

    def answer(self, which: int, said: str | None) -> str:
        if self.closed:
            return CONFLICT
        if self.status == "paused":
            self.status = "active"
        item = self.lane[which]
        item.status, item.answer = ("answered", said) if said else ("skipped", None)
        self.waiting += 1
        self.version += 1
        return OK

    # --- facts ---

    def add_fact(self, text: str) -> str:
        if self.closed:
            return CONFLICT
        return self._add(text, "user_note")

    def promote(self, source: str, kind: str | None, text: str | None, raw: str | None) -> str:
        if self.closed:
            return CONFLICT
        if source == "user_note" or (text is None) == (raw is None):
            return INVALID
        expected = {"question": "question", "diagnostic_check": "check"}.get(source)
        if kind is not None and kind != expected:
            return INVALID
        return self._add(text or raw or "", source)

    def edit_fact(self, which: int, text: str) -> str:
        fact = self.facts[which]
        if self.closed:
            return CONFLICT
        if fact.deleted:
            return MISSING
        if fact.source in ("question", "diagnostic_check"):
            return FORBIDDEN
        if self._unusable(text):
            return UNUSABLE
        if text.strip() != fact.text:
            if any(one is not fact and not one.deleted and same(one.text, text) for one in self.facts):
                return CONFLICT
            fact.text = text.strip()
            self.version += 1
        return OK

    def delete_fact(self, which: int) -> str:
        fact = self.facts[which]
        if self.closed:
            return CONFLICT
        if fact.deleted:
            return MISSING
        fact.deleted = True
        self.version += 1
        return OK

    def restore_fact(self, which: int) -> str:
        fact = self.facts[which]
        if self.closed or not fact.deleted or self._known(fact.text):
            return CONFLICT
        fact.deleted = False
        self.version += 1
        return OK

    def _add(self, text: str, source: str) -> str:
        if self._unusable(text):
            return UNUSABLE
        if self._known(text):
            return CONFLICT
        self.facts.append(ModelFact(text.strip(), source))
        self.version += 1
        return OK

    def _known(self, text: str) -> bool:
        return any(not one.deleted and same(one.text, text) for one in self.facts)

    @staticmethod
    def _unusable(text: str) -> bool:
        return not text.strip() or len(text.strip()) > 2_000
