"""The table: what goes wrong, at which step, and how the attempt that it hits must end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from domain.vocabulary import WritebackState, WritebackStep


class Step(StrEnum):
    """Where it goes wrong: the request that has the effect, or the first one that looks at it."""

    POST = "post"
    TIME = "time entry"
    STATUS = "status"
    VERIFY = "verify"


ORDER = list(Step)


class Ending(StrEnum):
    """What the engineer confirms."""

    RESOLVE = "resolve"
    ESCALATE = "escalate"
    SHARE = "share an update"
    RESOLVE_AFTER_ESCALATION = "resolve after an escalation"


@dataclass(frozen=True)
class Expected:
    """How the attempt ends: state, step and code. `told`: the time was refused, and the session says so."""

    state: WritebackState = WritebackState.DONE
    step: WritebackStep = WritebackStep.RECORD
    code: str | None = None
    time_told: bool = False


ENDS_WELL = Expected()
NOTE_MISSING = Expected(WritebackState.UNVERIFIED, WritebackStep.VERIFY, "psa_note_unverified")
STATUS_DIFFERS = Expected(WritebackState.UNVERIFIED, WritebackStep.VERIFY, "psa_status_unverified")


def _fails(code: str) -> Mapping[Step, Expected]:
    at = {
        Step.POST: WritebackStep.POST_NOTE,
        Step.TIME: WritebackStep.LOG_TIME,
        Step.STATUS: WritebackStep.SET_STATUS,
        Step.VERIFY: WritebackStep.VERIFY,
    }
    return {step: Expected(WritebackState.FAILED, where, code) for step, where in at.items()}


@dataclass(frozen=True, repr=False)
class Trouble:
    """A row. `rule` is the simulator's fault; `makes_no_sense` names the steps at which it is none, and why.

    `passing`: waiting is enough once it is over. `repeats`: it can also hit several times, or until someone acts.
    `takes_effect`: only the answer is lost; the next attempt finds the effect, so that waiting for it ends by itself.
    `ends` is for the steps at which the attempt does not simply end well.
    """

    name: str
    rule: Mapping[str, Any] = field(default_factory=dict)
    passing: bool = False
    repeats: bool = False
    takes_effect: bool = False
    callback: bool = False
    ends: Mapping[Step, Expected] = field(default_factory=dict)
    makes_no_sense: Mapping[Step, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<{self.name}>"


def _passing(name: str, *, takes_effect: bool = False, **rule: Any) -> Trouble:
    return Trouble(name, rule, passing=True, repeats=True, takes_effect=takes_effect)


TROUBLES: tuple[Trouble, ...] = (
    _passing("lost before the effect", kind="lost_request"),
    _passing("lost after the effect", takes_effect=True, kind="lost_answer"),
    Trouble(
        "200 without change",
        {"kind": "silent_no_change"},
        repeats=True,
        ends={
            Step.POST: NOTE_MISSING,
            Step.TIME: Expected(time_told=True),
            Step.STATUS: STATUS_DIFFERS,
        },
        makes_no_sense={Step.VERIFY: "verifying only reads: there is nothing that could be left unchanged"},
    ),
    _passing(
        "429 with Retry-After",
        kind="status",
        status=429,
        headers={"Retry-After": "1"},
        body={"error": "ConnectWiseAPI", "message": "Too many requests. Please try again in 1 seconds."},
    ),
    _passing("500", kind="status", status=500, body={"code": "Error", "message": "Something broke."}),
    _passing(
        "502 as a web page",
        kind="status",
        status=502,
        body="<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>",
    ),
    _passing("connection reset in the body", takes_effect=True, kind="reset_in_body"),
    _passing("one byte a second", takes_effect=True, kind="drip", seconds=1),
    Trouble("callback twice", {"kind": "slow", "seconds": 0.3}, callback=True),
    Trouble(
        "callback late",
        callback=True,
        makes_no_sense={Step.VERIFY: "verifying only reads: the PSA has nothing to call back about"},
    ),
    Trouble("key revoked", {"kind": "key_revoked"}, ends=_fails("psa_credentials_rejected")),
    Trouble(
        "status set back by a rule",
        {"kind": "status_moved"},
        ends={Step.STATUS: STATUS_DIFFERS, Step.VERIFY: STATUS_DIFFERS},
    ),
    Trouble(
        "note edited by someone else",
        {"kind": "note_edited"},
        makes_no_sense={Step.POST: "before the post there is no note that someone could edit"},
    ),
    Trouble(
        "ticket deleted",
        {"kind": "ticket_deleted"},
        ends={
            **_fails("psa_not_found"),
            # A ticket that is gone takes no time, which alone costs nothing: the status says what is the matter.
            Step.TIME: Expected(
                WritebackState.FAILED, WritebackStep.SET_STATUS, "psa_not_found", time_told=True
            ),
        },
    ),
    Trouble("ticket closed meanwhile", {"kind": "ticket_closed"}),
)

BY_NAME = {trouble.name: trouble for trouble in TROUBLES}

COMBINATIONS = [
    (trouble, step) for trouble in TROUBLES for step in Step if step not in trouble.makes_no_sense
]

LATER_TROUBLES = ("lost before the effect", "lost after the effect", "500", "connection reset in the body")
"""What may hit a later step of the same attempt too."""
