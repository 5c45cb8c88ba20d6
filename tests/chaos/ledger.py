"""What the clients know: every command that was answered, and every event they were shown.

Kept outside the product, in memory and line by line in a file, so that it can be held against the product afterwards
and read by a person when the two do not agree.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, TextIO

FINAL = ("applied_success", "applied_failed")
"""Outcomes of a fix after which it takes no other."""

MARK = re.compile(r"mark-[0-9a-f]{32}")
"""What effects are recognised by, in whatever text they end up."""


def digest(content: str) -> str:
    """The same for the same JSON, however it is written down."""
    return hashlib.sha256(json.dumps(json.loads(content), sort_keys=True).encode()).hexdigest()[:16]


class Kind(StrEnum):
    """What a command does that can be found again afterwards."""

    START = "start"
    MESSAGE = "message"
    ANSWERS = "answers"
    FACT = "fact"
    CORRECT = "correct a fact"
    DELETE = "delete a fact"
    STOP = "stop the reply"
    APPLY = "apply"
    OUTCOME = "outcome"
    PAUSE = "pause"
    RESUME = "resume"
    UPDATE = "update"
    SECOND_TICKET = "second ticket"
    ESCALATE = "escalate"
    PICK_UP = "pick up"
    RESOLVE = "resolve"
    FINISH = "finish the writeback"
    RETRY = "retry the reply"


class Answer(StrEnum):
    """How a command ended for the one who sent it."""

    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    UNANSWERED = "unanswered"


@dataclass
class Entry:
    """One command. Times are seconds since the epoch; `mark` is what its effect is recognised by.

    `unsure` are the answers before the last one after which the sender could not know, by code.
    """

    session: str
    kind: Kind
    key: str
    mark: str
    sent_at: float
    ticket: str | None = None
    detail: str = ""
    """What else it said, such as the outcome of a fix, or the mark of the fact that it corrects."""
    answer: Answer = Answer.UNANSWERED
    answered_at: float | None = None
    status: int | None = None
    code: str | None = None
    unsure: Counter[str] = field(default_factory=Counter)

    @property
    def acknowledged(self) -> bool:
        return self.answer is Answer.ACKNOWLEDGED


@dataclass
class Case:
    """One session as its engineer knows it. `ticket` is None for one that was started from a text."""

    id: str
    ticket: str | None
    account: str = ""
    """Whose it is, by the name that the run gives the account."""
    ended_at: float | None = None
    """When its engineer saw it resolved."""
    facts: dict[str, str] = field(default_factory=dict)
    """Its facts that the engineer has noted and not deleted: the mark of each by its id."""
    last_command: str = ""
    """What the engineer does, or did last: where one is stuck."""


@dataclass(frozen=True)
class Seen:
    """A durable event as a stream showed it."""

    seq: int
    type: str
    at: float
    content: str = ""
    """The digest of what it said."""


@dataclass
class Ledger:
    """Append-only. `streams` holds what was seen of each session in the order in which it was seen.

    `owners` says of each mark which account made it, and `crossed` what somebody saw or could do of another account.
    """

    file: TextIO | None = None
    entries: list[Entry] = field(default_factory=list)
    streams: dict[str, list[Seen]] = field(default_factory=dict)
    reconnects: int = 0
    owners: dict[str, str] = field(default_factory=dict)
    crossed: list[str] = field(default_factory=list)
    trespasses: int = 0
    """Attempts on sessions of another account that were refused as they should be."""
    defects: list[str] = field(default_factory=list)
    """Answers that nobody can make anything of."""
    repeated: int = 0
    """Commands that were sent once more when they had been answered long ago."""
    told_otherwise: list[tuple[Entry, str]] = field(default_factory=list)
    """Those of them whose answer was another one then."""

    @classmethod
    def at(cls, path: Path) -> Ledger:
        return cls(path.open("w", buffering=1))

    def close(self) -> None:
        if self.file is not None:
            self.file.close()

    def sending(self, entry: Entry) -> None:
        self.entries.append(entry)

    def answered(self, entry: Entry, answer: Answer, status: int, code: str | None) -> None:
        entry.answer, entry.status, entry.code, entry.answered_at = answer, status, code, time.time()
        self._write("command", vars(entry))

    def saw(self, session: str, event: Seen) -> None:
        self.streams.setdefault(session, []).append(event)
        self._write("event", {"session": session, **asdict(event)})

    def shown(self, account: str, where: str, text: str) -> None:
        """Somebody of that account was shown this text: nothing in it may have been made by another one."""
        for mark in MARK.findall(text):
            if (owner := self.owners.get(mark, account)) != account:
                self.crossing(f"{account} was shown {mark} of {owner} at {where}")

    def crossing(self, what: str) -> None:
        self.crossed.append(what)
        self._write("crossing", {"at": time.time(), "crossing": what})

    def defect(self, what: str) -> None:
        self.defects.append(what)
        self._write("defect", {"at": time.time(), "defect": what})

    def differently(self, entry: Entry, what: str) -> None:
        self.told_otherwise.append((entry, what))
        self._write("other answer", {"at": time.time(), "key": entry.key, "answer": what})

    def noted(self, what: str, details: dict[str, Any]) -> None:
        """Something that helps to read the file: what was done to the stack, and when."""
        self._write("trouble", {"at": time.time(), "trouble": what, "details": details})

    def of(self, session: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.session == session]

    def acknowledged(self, *kinds: Kind) -> Iterable[Entry]:
        """In the order in which they were sent."""
        return [one for one in self.entries if one.acknowledged and (not kinds or one.kind in kinds)]

    def _write(self, what: str, content: dict[str, Any]) -> None:
        if self.file is not None and not self.file.closed:
            self.file.write(json.dumps({"what": what, **content}, ensure_ascii=False) + "\n")
