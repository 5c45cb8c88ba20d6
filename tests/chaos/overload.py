"""The model is overloaded until the playbook has answered in its place, so that both providers answer in every run."""

from __future__ import annotations

import asyncpg
import httpx

from tests.chaos.stack import Stack
from tests.support.waiting import until

_WITHIN = 600.0
"""Longer than any run waits for it."""
_REQUESTS = 10
_OVERLOADED: list[dict[str, object]] = [{"status": 529, "applies_to": "chat"}] * _REQUESTS


async def overload_until_the_playbook_answers(stack: Stack) -> None:
    """Wait for a reply of the model; then refuse replies until one of the playbook is there.

    The simulated model forgets what it was told when it is killed, so it is told again.
    """

    async def model_has_answered() -> bool:
        return "anthropic" in await _answered_by(stack)

    async def playbook_has_answered() -> bool:
        if "playbook" in await _answered_by(stack):
            return True
        await _keep_overloaded(stack)
        return False

    await until(model_has_answered, within=_WITHIN, what="a reply of the model", every=0.5)
    await until(playbook_has_answered, within=_WITHIN, what="a reply of the playbook", every=0.5)


async def _answered_by(stack: Stack) -> set[str]:
    """Which providers have given a reply; none while the database is away."""
    url = stack.admin_database_url.replace("+asyncpg", "")
    try:
        database = await asyncpg.connect(url, timeout=5, command_timeout=5)
    except (OSError, TimeoutError, asyncpg.PostgresError):
        return set()
    try:
        rows = await database.fetch("SELECT DISTINCT provider FROM turns WHERE state = 'done'")
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return set()
    finally:
        database.terminate()
    return {str(row["provider"]) for row in rows}


async def _keep_overloaded(stack: Stack) -> None:
    behaviours = f"{stack.model_url}/_simulator/behaviours"
    async with httpx.AsyncClient(timeout=5, trust_env=False) as http:
        try:
            waiting = (await http.get(behaviours)).raise_for_status().json()
            if len(waiting) < _REQUESTS:
                (await http.post(behaviours, json=_OVERLOADED)).raise_for_status()
        except httpx.TransportError:
            return  # it was killed; the next look tells it again
