"""`python -m tests.chaos`: how long is CHAOS_MINUTES (5), what happens is drawn from CHAOS_SEED (by default any).

Exit code 1 when anything was lost, doubled, out of order, contradicted or stuck, or when sessions were not usable in
time.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos.report import Verdict, save
from tests.chaos.run import Plan, run
from tests.chaos.stack import embedded_stack
from tests.chaos.troubles import PAUSE_BETWEEN, Say

_INTERRUPTED = 130


def say(line: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S', time.gmtime())}  {line}\n")
    sys.stdout.flush()


async def chaos(plan: Plan, folder: Path, say: Say = say) -> Verdict:
    """The whole run on a stack of its own in `folder`."""
    say(f"starting a stack in {folder}")
    async with embedded_stack(folder) as stack:
        say(f"up; {plan.sessions} engineers, {plan.seconds:.0f} s of trouble")
        return await run(stack, plan, folder, say)


async def main() -> int:
    arguments = _arguments()
    plan = Plan(arguments.minutes * 60, arguments.seed, arguments.sessions, arguments.pause)
    say(f"CHAOS_SEED={plan.seed}")
    folder = Path(tempfile.mkdtemp(prefix="resolutionflow-chaos-"))
    whole = asyncio.create_task(chaos(plan, folder))
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, whole.cancel)
    try:
        verdict = await whole
    except asyncio.CancelledError:
        say(f"stopped before the end; what was written so far is in {folder}")
        return _INTERRUPTED
    sys.stdout.write(verdict.table() + "\n")
    if not arguments.no_save:
        sys.stdout.write(f"saved as {save(verdict)}\n")
    if verdict.clean:
        shutil.rmtree(folder)
    else:
        sys.stdout.write(f"ledger, logs and data are kept in {folder}\n")
    return 0 if verdict.clean else 1


def _arguments() -> argparse.Namespace:
    environ = os.environ
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=float(environ.get("CHAOS_MINUTES", "5")))
    parser.add_argument(
        "--seed", type=int, default=int(environ.get("CHAOS_SEED") or random.SystemRandom().randrange(2**32))
    )
    parser.add_argument("--sessions", type=int, default=int(environ.get("CHAOS_SESSIONS", "30")))
    parser.add_argument("--pause", type=float, default=float(environ.get("CHAOS_PAUSE", str(PAUSE_BETWEEN))))
    parser.add_argument("--no-save", action="store_true", help="print the table, keep no file")
    return parser.parse_args()


if __name__ == "__main__":
    code = asyncio.run(main())
    sys.stdout.flush()
    os._exit(code)  # threads of the Temporal SDK must not hold up the exit
