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
from collections.abc import Sequence
from pathlib import Path

from infra.stack.errors import StackError
from tests.chaos.production_temporal import DEV, SERVERS, SPLIT, production_stack
from tests.chaos.report import Verdict, save
from tests.chaos.run import Plan, run
from tests.chaos.stack import EmbeddedStack, embedded_stack
from tests.chaos.troubles import PAUSE_BETWEEN, Say

_INTERRUPTED = 130


def say(line: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S', time.gmtime())}  {line}\n")
    sys.stdout.flush()


async def chaos(plan: Plan, folder: Path, say: Say = say, *, temporal: str = DEV) -> Verdict:
    """The whole run on a stack of its own in `folder`. Raises StackError when what it takes cannot be had."""
    make = EmbeddedStack if temporal == DEV else await production_stack(say, split=temporal == SPLIT)
    say(f"starting a stack in {folder}")
    async with embedded_stack(folder, make) as stack:
        say(f"up; {plan.sessions} engineers, {plan.seconds:.0f} s of trouble")
        return await run(stack, plan, folder, say)


async def main() -> int:
    arguments = arguments_of(sys.argv[1:])
    plan = Plan(arguments.minutes * 60, arguments.seed, arguments.sessions, arguments.pause)
    say(f"CHAOS_SEED={plan.seed}")
    folder = Path(tempfile.mkdtemp(prefix="resolutionflow-chaos-"))
    whole = asyncio.create_task(chaos(plan, folder, temporal=arguments.temporal))
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, whole.cancel)
    try:
        verdict = await whole
    except asyncio.CancelledError:
        say(f"stopped before the end; what was written so far is in {folder}")
        return _INTERRUPTED
    except StackError as error:
        say(f"Error ({error.code}): {error.message}\n{error.log_tail}".rstrip())
        return 1
    sys.stdout.write(verdict.table() + "\n")
    if not arguments.no_save:
        sys.stdout.write(f"saved as {save(verdict)}\n")
    if verdict.clean:
        shutil.rmtree(folder)
    else:
        sys.stdout.write(f"ledger, logs and data are kept in {folder}\n")
    return 0 if verdict.clean else 1


def arguments_of(given: Sequence[str]) -> argparse.Namespace:
    """What was chosen on the command line, by the variables, or by nobody."""
    environ = os.environ
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=float(environ.get("CHAOS_MINUTES", "5")))
    parser.add_argument(
        "--seed", type=int, default=int(environ.get("CHAOS_SEED") or random.SystemRandom().randrange(2**32))
    )
    parser.add_argument("--sessions", type=int, default=int(environ.get("CHAOS_SESSIONS", "30")))
    parser.add_argument("--pause", type=float, default=float(environ.get("CHAOS_PAUSE", str(PAUSE_BETWEEN))))
    parser.add_argument(
        "--temporal",
        choices=SERVERS,
        default=environ.get("CHAOS_TEMPORAL") or DEV,
        help="the server: that of `make up`, or that of production in one process or one for each service",
    )
    parser.add_argument("--no-save", action="store_true", help="print the table, keep no file")
    arguments = parser.parse_args(given)
    if arguments.temporal not in SERVERS:  # argparse does not look at a default
        parser.error(f"CHAOS_TEMPORAL is {arguments.temporal!r}; it takes {', '.join(SERVERS)}")
    return arguments


if __name__ == "__main__":
    code = asyncio.run(main())
    sys.stdout.flush()
    os._exit(code)  # threads of the Temporal SDK must not hold up the exit
