"""Sessions of the API whose pilot says what a test needs it to say."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.api.conftest import Desk
from tests.support.journey import Journey
from tests.support.pilots import DirectedPilot
from tests.workflows.replies import actions, questions, suggest

Json = dict[str, Any]


async def scripted(desk: Desk, pilot: DirectedPilot, *answers: object) -> Journey:
    """A session of the engineer whose pilot gives these answers, the last one again and again."""
    name = f"case {uuid4().hex[:12]}"
    pilot.direct(name, *answers)
    return await Journey.start(desk.engineer, text=f"{name}: the printer prints nothing")


async def asked(desk: Desk, pilot: DirectedPilot) -> tuple[Journey, Json, Json]:
    """A session with an open question and an open check."""
    journey = await scripted(
        desk, pilot, "Tell me." + questions("Who is affected?") + actions("Look at the spooler"), "Fine."
    )
    question, check = (await journey.detail())["lane"]
    return journey, question, check


async def proposed(
    desk: Desk, pilot: DirectedPilot, *more: object, script: str | None = "Restart-Service Spooler"
) -> tuple[Journey, Json]:
    """A session with a proposed fix."""
    drafted: dict[str, Any] = {"ai_drafted_script": script} if script else {}
    journey = await scripted(
        desk, pilot, "Try this." + suggest("Restart the spooler", **drafted), *(more or ("Fine.",))
    )
    fix: Json = (await journey.detail())["active_fix"]
    return journey, fix
