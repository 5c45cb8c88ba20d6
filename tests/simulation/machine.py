"""Every command in every order, given to the rules and to the reference: equal verdicts, equal states."""

from __future__ import annotations

from itertools import product
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from domain.errors import RuleViolation
from domain.fixes import FixState, is_active
from domain.vocabulary import FixStatus
from tests.simulation.reference import FINAL, OK, Reference
from tests.simulation.session import START, RuledSession

Command = tuple[Any, ...]
"""Name and arguments, as a failing example shows them. Numbers are places in a list, counted round."""

TITLES = ["Clear the queue", "CLEAR  the queue ", "Replace the drum", "Straße", "STRASSE"]
OUTCOMES = ["applied_success", "applied_failed", "applied_partial", "dismissed"]
NOTES = [None, " \n", "One of two.", " One of  two. ", "x" * 500, "x" * 501]
QUESTIONS = [
    ("question", text, options) for text in ("Who?", " who? ", "When?") for options in (None, ("Yes", "No"))
]
CHECKS = [("check", text, None) for text in ("Who?", "Where is it?", "WHERE  is it?")]
FACTS = ["The lamp is red.", " the  LAMP is red. ", "It is off.", " ", "y" * 2_000, "y" * 2_001]
PROMOTED = [None, "It is off.", "The tray is full.", " "]
SOURCES = ["question", "diagnostic_check", "ai_synthesis", "user_note"]
BOTH = [False, True]
FIX, ITEM, FACT = range(5), range(5), range(4)

FAMILIES: list[list[Command]] = [
    [("message",), ("turn_ends",), ("move", "reopen"), ("move", "reopen")],
    # A closed session takes hardly anything: it is soon open again.
    [("move", "reopen")],
    [
        ("move", command)
        for command in ("pause", "resume", "pick_up", "reopen", "reopen", "reopen", "abandon")
    ],
    [("resolve",), ("posted", True), ("posted", False), ("posted", True)],
    list(product(["escalate"], [None, *OUTCOMES[:3]], NOTES[1:3], BOTH)),
    list(product(["propose"], TITLES, BOTH, BOTH)),
    list(product(["propose"], TITLES[:3], [True], [False])),
    list(product(["read_outcome"], FIX, ["success", "failure", "partial"])),
    list(product(["not_yet"], FIX)),
    list(product(["apply"], FIX)),
    list(product(["outcome"], FIX, OUTCOMES, NOTES)),
    list(product(["outcome"], FIX, ["applied_partial", "dismissed"], ["One of two."])),
    list(product(["decide"], FIX, ["one_off", "draft_template", "build_template", "dismissed"], BOTH)),
    list(product(["finish", "restore", "attach"], FIX)),
    # The newest fix is the one that most happens to: what takes several steps with the same one is reached like this.
    [
        ("outcome", -1, "applied_partial", "One of two."),
        ("outcome", -1, "dismissed", None),
        ("restore", -1),
        ("restore", -1),
        ("finish", -1),
    ],
    [
        ("reply", [*questions, *checks], stated, cut_off)
        for questions in [[], *([one] for one in QUESTIONS), QUESTIONS[:2], QUESTIONS[1:5:3]]
        for checks in [[], *([one] for one in CHECKS), CHECKS]
        for stated, cut_off in ((True, False), (True, True), (False, False))
    ],
    list(product(["answer"], ITEM, [None, "Yes"])),
    list(product(["add_fact"], FACTS)),
    list(product(["promote"], SOURCES, [None, "question", "check"], PROMOTED, PROMOTED)),
    list(product(["promote"], SOURCES[:3], [None], PROMOTED[1:], [None])),
    list(product(["delete_fact", "restore_fact"], FACT)),
    list(product(["edit_fact"], FACT, FACTS)),
    [("deliver", *order) for order in ((0, 0), (1,), (3, 0, 2), (5, 1, 0, 0, 0), (0,) * 12, (1,) * 12)],
]
_EACH = max(map(len, FAMILIES))
# One draw a step: each family is as likely as another, whatever it holds.
COMMANDS = [family[place % len(family)] for family in FAMILIES for place in range(_EACH)]

TIMED = {"resolve", "escalate", "propose", "apply", "outcome", "decide", "finish", "restore"}
"""Commands whose time the rules are given; the reference needs it but for `propose` and `restore`."""
PLACES = {
    **dict.fromkeys(
        ("read_outcome", "not_yet", "apply", "outcome", "decide", "finish", "restore", "attach"), "fixes"
    ),
    "answer": "lane",
    **dict.fromkeys(("delete_fact", "restore_fact", "edit_fact"), "facts"),
}


class SessionSimulation(RuleBasedStateMachine):
    """Both sides of a session; `steps` counts the commands of all runs."""

    steps: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.real = RuledSession()
        self.model = Reference()
        self.time = 0
        self.final: dict[int, FixStatus] = {}

    @rule(command=st.sampled_from(COMMANDS))
    def command(self, command: Command) -> None:
        """Give one command to both sides and compare what they say and how they stand."""
        name, *given = command
        if name == "deliver":
            self._deliver(given)
            return
        if name in PLACES:
            known = getattr(self.model, PLACES[name])
            if not known:
                return
            given[0] %= len(known)
        if name == "posted" and self.model.posting is None:
            return
        type(self).steps += 1
        self.time += 1
        before = self.real.version
        try:
            getattr(self.real, name)(*given, *([self.time] if name in TIMED else []))
            said = OK
        except RuleViolation as violation:
            said = violation.kind.value
        times = [self.time] if name in TIMED - {"propose", "restore"} else []
        expected = getattr(self.model, name)(*given, *times)
        assert said == expected
        assert rules_view(self.real) == model_view(self.model)
        if said == OK:
            self.real.recorded()
        else:
            assert self.real.version == before, "a refused command has changed something"

    def _deliver(self, order: list[int]) -> None:
        """Answers of steps reach the workflow in another order than their transactions ended."""
        for which in order[: len(self.real.sent)]:
            seen = self.real.known
            self.real.deliver(which)
            assert self.real.known is not None
            assert seen is None or self.real.known.seq >= seen.seq, "the workflow has forgotten what it knew"
        if not self.real.sent and self.real.known is not None:
            assert self.real.known == self.real.snapshot(), "the workflow knows another state than the rows"

    @invariant()
    def at_most_one_fix_is_active(self) -> None:
        assert sum(map(is_active, self.real.fixes)) <= 1

    @invariant()
    def a_final_outcome_stays(self) -> None:
        for at, fix in enumerate(self.real.fixes):
            if at in self.final:
                assert fix.status is self.final[at]
            elif fix.status in FINAL:
                assert fix.applied_at is not None
                assert fix.verified_at is not None
                self.final[at] = fix.status

    @invariant()
    def what_is_due_is_what_the_reference_says(self) -> None:
        assert self.real.next_step().value == self.model.due()


def replay(commands: list[Command]) -> None:
    """Give these commands to both sides, as a failing example names them."""
    simulation = SessionSimulation()
    for command in commands:
        simulation.command(command=command)
        simulation.at_most_one_fix_is_active()
        simulation.a_final_outcome_stays()
        simulation.what_is_due_is_what_the_reference_says()


def rules_view(session: RuledSession) -> tuple[Any, ...]:
    """How the session stands, in the words of the reference."""

    def minute(fix: FixState, name: str) -> int | None:
        moment = getattr(fix, name)
        return None if moment is None else int((moment - START).total_seconds() // 60)

    return (
        session.status.value,
        session.version,
        len(session.waiting),
        [
            (
                fix.title,
                fix.status.value,
                minute(fix, "applied_at"),
                minute(fix, "verified_at"),
                fix.superseded_at is not None,
                fix.partial_notes,
                fix.failure_reason,
                fix.status_before_dismissal.value if fix.status_before_dismissal else None,
                fix.has_script,
                fix.has_template,
                fix.proposed_outcome.value if fix.proposed_outcome else None,
            )
            for fix in session.fixes
        ],
        [
            (item.kind.value, item.text, item.status.value, item.answer, tuple(item.options or ()) or None)
            for item in session.lane
        ],
        [(fact.text, fact.source.value, fact.deleted) for fact in session.facts],
    )


def model_view(model: Reference) -> tuple[Any, ...]:
    """The same of the reference."""
    return (
        model.status,
        model.version,
        model.waiting,
        [tuple(vars(fix).values()) for fix in model.fixes],
        [tuple(vars(item).values()) for item in model.lane],
        [tuple(vars(fact).values()) for fact in model.facts],
    )
