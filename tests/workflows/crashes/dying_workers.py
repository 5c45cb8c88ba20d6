"""Workers that end, without a word to anyone, where they are told to; each is a process.

    python -m tests.workflows.crashes.dying_workers '[["add_fact", "after the commit", 1]]' FOLDER

One dies at each place, and leaves a file in FOLDER. Whenever one has ended another one is forked: starting Python and
reading the product's modules would take most of the time. Finds its servers in TEMPORAL_ADDRESS and DATABASE_URL.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from datetime import timedelta
from pathlib import Path

from temporalio import activity
from temporalio.client import Client

from activities.turn import publisher
from infra import worker as worker_module
from infra.crash_points import CrashPoint, listening
from tests.support.application import converter_of_tests, running_worker, test_settings
from tests.workflows.crashes.deaths import Doom, Place, WorkerDied
from tests.workflows.crashes.pilot import REPLIES, SteadyPilot
from tests.workflows.quick_retries import quicken
from workflows.ticket_writeback import steps as writeback_steps
from workflows.troubleshooting_session import steps

WORKERS = 2
"""While one starts anew another one is there, as where a product runs that must not stand still."""

DIED = 70
"""Exit status of a worker that died where it was told to."""

NOTICED_AFTER = timedelta(seconds=8)
"""How soon a step without an answer is tried again, instead of after up to three minutes."""
SILENT_AFTER = timedelta(seconds=6)
"""How soon a turn without a heartbeat is, instead of after fifteen seconds."""


def mark_of(place: Place, folder: Path) -> Path:
    """The file that the worker leaves that died there."""
    return folder / f"{place.step}, {place.point.value}, {place.number}"


class Deaths:
    """Listens, and ends the process at each place that no other worker has died at."""

    def __init__(self, places: list[Place], folder: Path) -> None:
        self._folder = folder
        self._doom = Doom(places)

    async def hear(self, point: CrashPoint) -> None:
        if not activity.in_activity():
            return
        # The other worker may have died there since: what its step has done already is not come past again.
        waiting = self._doom.waiting[activity.info().activity_type]
        while waiting and mark_of(waiting[0], self._folder).exists():
            waiting.pop(0)
        try:
            self._doom.at(activity.info(), point)
        except WorkerDied as death:
            try:
                os.close(os.open(mark_of(death.place, self._folder), os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                return
            os._exit(DIED)


async def _work(places: list[Place], folder: Path) -> None:
    url = os.environ["DATABASE_URL"]
    client = await Client.connect(os.environ["TEMPORAL_ADDRESS"], data_converter=converter_of_tests())
    async with (
        listening(Deaths(places, folder).hear),
        running_worker(client, test_settings(url, url), SteadyPilot(REPLIES)),
    ):
        await asyncio.Event().wait()


def _notice_soon() -> None:
    """Let the policies of the product wait for seconds instead of minutes."""
    quicken(setattr, attempts=0)  # on a machine with much to do a step may be silent for long and well
    publisher.FLUSH_INTERVAL = 0
    steps._MODEL_HEARTBEAT = SILENT_AFTER
    steps._PSA_TIMEOUT = writeback_steps._PSA_CALL = NOTICED_AFTER
    steps._NOTE_TIMEOUT = steps._SHORT_CALL_TIMEOUT = NOTICED_AFTER
    worker_module.STICKY_WAIT = timedelta(seconds=1)


def _fork(places: list[Place], folder: Path) -> int:
    child = os.fork()
    if child == 0:
        # What the test reads is said by the parent alone.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        asyncio.run(_work(places, folder))
        os._exit(0)
    return child


def main() -> None:
    """Keep the workers alive for as long as whoever started them waits for what they say on standard output."""
    places = [Place(step, CrashPoint(point), number) for step, point, number in json.loads(sys.argv[1])]
    folder = Path(sys.argv[2])
    _notice_soon()
    parent = os.getppid()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    children: set[int] = set()
    try:
        while os.getppid() == parent:
            while len(children) < WORKERS:
                children.add(_fork(places, folder))
            child, status = os.waitpid(-1, os.WNOHANG)
            if child == 0:
                time.sleep(0.02)
                continue
            children.remove(child)
            print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - what the test reads
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


if __name__ == "__main__":
    main()
