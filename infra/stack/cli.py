"""The command `resolutionflow`.

`up` (default) runs the stack, `reset` deletes its state after asking, `prepare` gets what a first start would
have to get, `backup` writes an archive of the stack, running or not, and `restore` puts one into a stopped stack.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from infra.backup.asking import confirm
from infra.backup.errors import BackupError
from infra.config import load_settings
from infra.stack.backup import backup, restore
from infra.stack.configuration import StackSettings
from infra.stack.errors import StackError
from infra.stack.layout import StateFolder
from infra.stack.terminal import Terminal
from infra.stack.up import get_temporal, up


def main(arguments: Sequence[str] | None = None) -> None:
    """Exit codes: 0 after an orderly stop, 1 when the stack failed, 2 for wrong settings or arguments, 3 for a backup
    that was made and lacks files.
    """
    parser = argparse.ArgumentParser(prog="resolutionflow", description=__doc__)
    commands = ("up", "reset", "prepare", "backup", "restore")
    parser.add_argument("command", nargs="?", choices=commands, default="up")
    parser.add_argument("--yes", action="store_true", help="reset or replace without asking")
    parser.add_argument("--file", type=Path, help="the archive to write or to restore")
    chosen = parser.parse_args(arguments)
    if chosen.command == "restore" and chosen.file is None:
        parser.error("restore needs --file: the archive to restore (`make restore FILE=...`)")
    settings = load_settings(StackSettings)
    terminal = Terminal()
    try:
        if chosen.command == "reset":
            reset(settings, terminal, sure=chosen.yes)
        elif chosen.command == "prepare":
            asyncio.run(prepare(settings, terminal))
        elif chosen.command == "backup":
            made = asyncio.run(backup(settings, terminal, chosen.file))
            _leave(3 if made.missing else 0)
        elif chosen.command == "restore":
            asyncio.run(restore(settings, terminal, chosen.file, partial(confirm, sure=chosen.yes)))
        else:
            asyncio.run(up(settings, terminal))
    except StackError as error:
        terminal.line()
        terminal.line(f"Error ({error.code}): {error.message}")
        terminal.block(error.log_tail)
        _leave(1)
    except BackupError as error:
        terminal.line()
        terminal.line(f"Error ({error.code}): {error.message}")
        _leave(1)
    _leave(0)


async def prepare(settings: StackSettings, terminal: Terminal) -> None:
    """Gets the Temporal server now, so that nobody waits for it later. Raises StackError."""
    program = await get_temporal(settings, terminal)
    terminal.step("Temporal", f"{program.path} (server {program.server})")


def reset(settings: StackSettings, terminal: Terminal, *, sure: bool) -> None:
    """Deletes the state folder after a yes. Raises StackError (in use, or not a stack's folder)."""
    state = StateFolder.at(settings.state_dir)
    if not state.root.exists():
        terminal.line(f"Nothing to delete: {state.root} does not exist.")
        return
    state.require_own()
    with state.locked():
        what = f"This deletes every session, user and setting in {state.root}, for good."
        if not confirm(what, question="Delete it?", sure=sure):
            terminal.line("Nothing was deleted.")
            return
        state.delete()
    terminal.line(f"Deleted {state.root}.")


def _leave(code: int) -> None:
    """Ends at once: the Temporal SDK's threads must not hold up or spoil the exit of a stopped stack."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
