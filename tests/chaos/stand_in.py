"""`python -m tests.chaos.stand_in`: a run whose processes only sleep, one of them paused, until somebody stops it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

from infra.stack.process import Child, ChildSpec
from infra.stack.supervisor import Service
from infra.stack.terminal import Terminal
from tests.chaos import __main__ as program
from tests.chaos.ledger import Ledger
from tests.chaos.proxy import Proxy
from tests.chaos.report import Verdict
from tests.chaos.run import Plan
from tests.chaos.stack import EmbeddedStack, Stack
from tests.chaos.troubles import Say, Troublemaker

_CHILD = (
    "import signal, subprocess; signal.signal(signal.SIGTERM, signal.{}); subprocess.run(['sleep', '600'])"
)
SLEEPERS = {"deaf": _CHILD.format("SIG_IGN"), "hearing": _CHILD.format("SIG_DFL")}
"""Two that have a child each; the first one, which is stopped last, does not hear when it is asked to end."""


class Sleepers(EmbeddedStack):
    """Has nothing of the real stack but its supervisor."""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(SLEEPERS)

    def services(self, terminal: Terminal) -> list[Service]:
        return [
            self._watched(Service(name, name, self._sleeps(name, code), self._at_once))
            for name, code in SLEEPERS.items()
        ]

    def _sleeps(self, name: str, code: str) -> Callable[[], ChildSpec]:
        log = self._folder / f"{name}.log"
        return lambda: ChildSpec(name, (sys.executable, "-c", code), log, stop_timeout=1.0)

    async def _at_once(self, child: Child) -> str:
        return "up"


async def pause_for_ever(stack: Stack, plan: Plan, folder: Path, say: Say) -> Verdict:
    """In place of a run: every trouble is a pause, so that somebody is always paused."""
    maker = Troublemaker(stack, Proxy(9), Ledger(), plan.seed, say)
    while True:
        await maker._pause()


if __name__ == "__main__":
    with patch.multiple(program, EmbeddedStack=Sleepers, run=pause_for_ever):
        code = asyncio.run(program.main())
    sys.stdout.flush()
    os._exit(code)
