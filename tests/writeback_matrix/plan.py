"""What one run does, drawn from its seed: everything that varies beside trouble and step."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum

from domain.psa import NoteVisibility
from domain.vocabulary import UpdateAudience
from tests.workflows.ticket_on_psa import BOARD_STATUSES
from tests.writeback_matrix.table import (
    BY_NAME,
    COMBINATIONS,
    ENDS_WELL,
    LATER_TROUBLES,
    ORDER,
    STATUS_DIFFERS,
    Ending,
    Expected,
    Step,
    Trouble,
)


class FollowUp(StrEnum):
    """What the engineer does after an attempt that did not end well."""

    RETRY = "retry"
    SAME = "confirms the same text again"
    EDITED = "confirms an edited text"


@dataclass(frozen=True)
class Plan:
    """One run. `times` None: until the engineer acts."""

    trouble: Trouble
    step: Step
    seed: int
    ending: Ending
    visibility: NoteVisibility
    audience: UpdateAudience
    log_minutes: int | None
    status_id: int | None
    times: int | None
    later: tuple[Trouble, Step] | None
    follow_ups: tuple[FollowUp, ...]
    confirms_twice: bool
    cloud: bool
    """The PSA answers a revoked key with an empty 404 instead of a 401."""
    workflow_gone: bool
    """A late callback finds the session's workflow gone."""

    @property
    def name(self) -> str:
        return f"{self.trouble.name}, {self.step.value}, seed {self.seed}"

    @property
    def moves_status(self) -> bool:
        return self.ending is not Ending.SHARE or self.status_id is not None

    @property
    def expected(self) -> Expected:
        """How the attempt that the trouble hits must end."""
        found = self.trouble.ends.get(self.step, ENDS_WELL)
        if self.trouble.name == "key revoked" and self.cloud:
            found = Expected(found.state, found.step, "psa_not_found")
        if self.trouble.name == "status set back by a rule" and not self.moves_status:
            found = ENDS_WELL
        if self.trouble.name == "ticket closed meanwhile":
            found = self._closed_meanwhile()
        if self.later is not None and self.later[0].name in _SPOILS_STATUS:
            found = STATUS_DIFFERS
        return found

    def _closed_meanwhile(self) -> Expected:
        if self.step in (Step.POST, Step.TIME):
            return Expected(time_told=self.log_minutes is not None)
        resolves = self.ending in (Ending.RESOLVE, Ending.RESOLVE_AFTER_ESCALATION)
        if self.step is Step.VERIFY and self.moves_status and not resolves:
            return STATUS_DIFFERS
        return ENDS_WELL

    @property
    def waits(self) -> bool:
        """The attempt goes on until the trouble is over, and no sooner."""
        ends_by_itself = self.trouble.takes_effect and self.step is not Step.VERIFY
        return self.trouble.passing and self.times is None and not ends_by_itself


_SPOILS_STATUS = ("200 without change", "status set back by a rule")


def plan(trouble: Trouble, step: Step, seed: int) -> Plan:
    """The run of a seed; the same every time."""
    dice = random.Random(f"{trouble.name}/{step.value}/{seed}")
    endings = [one for one in Ending if not (step is Step.TIME and one is Ending.SHARE)]
    ending = dice.choice(endings)
    logs_time = step is Step.TIME or (ending is not Ending.SHARE and dice.random() < 0.5)
    status_id = None
    if ending is Ending.SHARE and (step is Step.STATUS or dice.random() < 0.5):
        status_id = BOARD_STATUSES["waiting"]
    # An update with another text is another update: only a note that ends the session replaces what it was.
    follow_ups = [one for one in FollowUp if not (ending is Ending.SHARE and one is FollowUp.EDITED)]
    times = dice.choice([1, 1, dice.randint(2, 3), None]) if trouble.repeats else 1
    return Plan(
        trouble=trouble,
        step=step,
        seed=seed,
        ending=ending,
        visibility=dice.choice(list(NoteVisibility)),
        audience=dice.choice(list(UpdateAudience)),
        log_minutes=dice.choice([15, 25, 90]) if logs_time else None,
        status_id=status_id,
        times=times,
        later=_later(
            dice, trouble, step, logs_time, moves=ending is not Ending.SHARE or status_id is not None
        ),
        follow_ups=tuple(dice.choice(follow_ups) for _ in range(4)),
        confirms_twice=dice.random() < 0.3,
        cloud=dice.random() < 0.5,
        workflow_gone=dice.random() < 0.5,
    )


def _later(
    dice: random.Random, trouble: Trouble, step: Step, logs_time: bool, *, moves: bool
) -> tuple[Trouble, Step] | None:
    """A second trouble of the same attempt, in a third of the runs."""
    if trouble.name == "note edited by someone else" and moves and dice.random() < 0.6:
        if step is Step.TIME:
            return BY_NAME["200 without change"], Step.STATUS
        if step is Step.STATUS:
            return BY_NAME["status set back by a rule"], Step.VERIFY
    steps = [
        later
        for later in ORDER[ORDER.index(step) + 1 :]
        if (later is not Step.TIME or logs_time) and (later is not Step.STATUS or moves)
    ]
    if not steps or trouble.callback or dice.random() > 0.34:
        return None
    return BY_NAME[dice.choice(LATER_TROUBLES)], dice.choice(steps)


def plans(count: int) -> list[Plan]:
    """So many runs: every combination with seed 0, then with seed 1, and so on."""
    return [
        plan(*COMBINATIONS[number % len(COMBINATIONS)], number // len(COMBINATIONS))
        for number in range(count)
    ]
