"""A change that a note could tell makes its preview out of date by exactly one version; nothing else does."""

from __future__ import annotations

from typing import Any

import httpx

from tests.api.conftest import Desk
from tests.api.scripted import asked, scripted
from tests.support.journey import Journey
from tests.support.pilots import DirectedPilot
from tests.workflows.replies import actions, propose_outcome, questions, suggest

Json = dict[str, Any]


class Versions:
    """Sends commands and compares the session's version before and after."""

    def __init__(self, journey: Journey) -> None:
        self.journey = journey

    async def _version(self) -> int:
        session: Json = (await self.journey.settled())["session"]
        version: int = session["state_version"]
        return version

    async def _note(self) -> Json:
        return await self.journey.preview()

    async def send(self, method: str, path: str, body: Json | None, grows: int) -> Any:
        """The answer's body, after the command has let the version grow by `grows`."""
        before, note = await self._version(), await self._note()
        answer: httpx.Response = await self.journey.client.request(method, self.journey.path(path), json=body)
        assert answer.is_success, answer.text
        after, again = await self._version(), await self._note()
        assert after == before + grows, f"{method} {path} {body}"
        assert again["from_cache"] is (grows == 0), f"{method} {path} {body}"
        assert (again["state_version"], note["state_version"]) == (after, before)
        if grows == 0:
            assert again["markdown"] == note["markdown"]
        return answer.json() if answer.content else None


async def test_every_command_on_facts_and_the_lane_makes_the_preview_out_of_date_by_one(
    desk: Desk, pilot: DirectedPilot
) -> None:
    journey, question, check = await asked(desk, pilot)
    versions = Versions(journey)
    fact = await versions.send("POST", "/facts", {"text": "The light is off"}, 1)
    path = f"/facts/{fact['id']}"
    await versions.send("PATCH", path, {"text": "The light is red"}, 1)
    await versions.send("PATCH", path, {"text": "The light is red"}, 0)
    await versions.send("PATCH", path, {"summary": "rules in the power"}, 1)
    await versions.send("DELETE", path, None, 1)
    await versions.send("POST", f"{path}/restore", None, 1)
    promotion = {"source_type": "question", "source_ref": question["id"], "raw_input": "Only one"}
    await versions.send("POST", "/facts/promote", promotion, 1)
    answers = [{"item_id": question["id"], "answer": "One"}, {"item_id": check["id"], "skipped": True}]
    await versions.send("POST", "/items", {"items": answers}, 1)
    await versions.send("POST", f"/items/{check['id']}/reopen", None, 1)
    await versions.send("POST", f"/items/{check['id']}/reopen", None, 0)
    await versions.send("POST", f"/items/{question['id']}/reopen", None, 1)
    await versions.send("GET", "/facts?deleted=true", None, 0)
    await versions.send("POST", "/messages", {"text": "hello"}, 0)


async def test_every_command_on_a_fix_makes_the_preview_out_of_date_by_one_or_not_at_all(
    desk: Desk, pilot: DirectedPilot
) -> None:
    replies: list[object] = ["Try this." + suggest("Restart the spooler")]
    journey = await scripted(desk, pilot, *replies)
    fix = (await journey.detail())["active_fix"]
    versions = Versions(journey)
    path = f"/suggested-fixes/{fix['id']}"
    script = {"ai_drafted_script": "Restart-Service Spooler"}
    await versions.send("PATCH", f"{path}/script", script, 1)
    await versions.send("PATCH", f"{path}/script", script, 0)
    await versions.send("POST", f"{path}/decision", {"decision": "build_template"}, 0)
    await versions.send("POST", f"{path}/apply", None, 1)
    await versions.send("POST", f"{path}/apply", None, 0)
    await versions.send("POST", f"{path}/still-checking", None, 0)
    await versions.send("DELETE", f"{path}/ai-outcome-proposal", None, 0)
    await versions.send("PATCH", f"{path}/outcome", {"outcome": "applied_partial", "notes": "one"}, 1)
    await versions.send("PATCH", f"{path}/outcome", {"outcome": "applied_partial", "notes": "two"}, 1)
    await versions.send("PATCH", f"{path}/outcome", {"outcome": "applied_partial", "notes": "two"}, 0)
    await versions.send("POST", f"{path}/resume", None, 1)
    await versions.send("POST", f"{path}/decision", {"decision": "draft_template"}, 1)
    await versions.send("POST", f"{path}/decision", {"decision": "one_off"}, 1)
    await versions.send("POST", f"{path}/decision", {"decision": "one_off"}, 0)
    await versions.send("POST", f"{path}/decision", {"decision": "dismissed"}, 1)
    await versions.send("POST", f"{path}/restore", None, 1)
    await versions.send("GET", "/suggested-fixes", None, 0)
    await versions.send("PATCH", f"{path}/outcome", {"outcome": "applied_success"}, 1)


async def test_a_cleared_proposal_leaves_the_note_as_it_is(desk: Desk, pilot: DirectedPilot) -> None:
    answers = ["Try this." + suggest("Restart the spooler"), "placeholder"]
    journey = await scripted(desk, pilot, *answers)
    fix = (await journey.detail())["active_fix"]
    script = pilot.direct(
        journey_name(await journey.detail()), answers[0], "Great." + propose_outcome(fix["id"], "success")
    )
    script.answers = [script.answers[1]]
    await journey.apply(fix)
    body = await journey.say("it prints!")
    assert body["active_fix"]["ai_outcome_proposal"]["outcome"] == "success"
    cleared = await Versions(journey).send(
        "DELETE", f"/suggested-fixes/{fix['id']}/ai-outcome-proposal", None, 0
    )
    assert cleared["ai_outcome_proposal"] is None


def journey_name(detail: Json) -> str:
    """What the pilot knows the session by."""
    name: str = detail["messages"][0]["text"].partition(":")[0]
    return name


async def test_several_changes_of_one_reply_are_one_version(desk: Desk, pilot: DirectedPilot) -> None:
    journey = await scripted(
        desk,
        pilot,
        "Tell me.",
        "Look." + questions("Is the light on?") + actions("Look at the spooler") + suggest("Restart it"),
    )
    before = (await journey.detail())["session"]["state_version"]
    await journey.say("now all at once")
    assert (await journey.detail())["session"]["state_version"] == before + 1
