"""Whatever a model sends, for however long: it is bounded, the engineer is told, and the session goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import select

from activities.turn import streaming
from domain.conversation import degraded_line
from domain.markers.reply import MAX_CHECKS, MAX_PROMOTIONS, MAX_QUESTIONS
from domain.pilot import DigestRequest, DraftedDigest, ReplyDelta, ReplyEnd, TurnContext, Usage
from domain.vocabulary import EventType, GeneratedBy, MessageRole, PilotProvider, TurnState
from infra.database.models import Artifact, Fact, Fix, LaneItem, LlmCall, ReplyChunk, SessionDigest, Turn
from infra.pilots.anthropic import AnthropicPilot
from infra.simulators.anthropic import AnthropicSimulator
from tests.support.pilots import DirectedPilot, Script
from tests.support.waiting import until
from tests.workflows.conftest import Sessions
from tests.workflows.doomed_worker import EndlessPilot
from tests.workflows.replies import actions, promote, questions, suggest
from tests.workflows.worked_session import WorkedSession

pytestmark = pytest.mark.usefixtures("quick_retries")

ATTEMPTS = 4
"""How often the product asks a model before the playbook answers."""

NUL, HALF = "\x00", "\ud83d"


async def _goes_on(session: WorkedSession) -> None:
    """Nothing is left of the turn, and the next command is taken."""
    for message in await session.settled():
        assert message.turn_state in (None, TurnState.DONE)
    async with session.database.tenant(session.tenant.account_id) as db:
        left = await db.execute(select(ReplyChunk.turn_id).where(ReplyChunk.session_id == session.id))
        assert left.all() == []
    assert TurnState.RUNNING not in [turn.state for turn in await _turns(session)]
    await session.add_fact("The session goes on")


async def _answered_by_the_playbook(session: WorkedSession, reason: str) -> None:
    row = await session.row()
    assert (row.pilot_provider, row.pilot_degraded_reason) == (PilotProvider.PLAYBOOK, reason)
    assert await session.said(MessageRole.SYSTEM) == [degraded_line(reason)]
    (reply,) = await session.said(MessageRole.PILOT)
    assert reply.strip()
    await _goes_on(session)


# --- nonsense for ever ---


@pytest.mark.parametrize(
    "nonsense",
    [
        "",
        NUL * 50,
        "[QUESTIONS]this is no JSON[/QUESTIONS]",
        "[QUESTIONS][/ACTIONS][PROMOTE][/QUESTIONS]" * 50,
        '[SUGGEST_FIX]{"title": 7}[/SUGGEST_FIX][PROMOTE][null, 1, []][/PROMOTE]',
        "[ACTIONS]" + "[" * 50_000,
    ],
    ids=["nothing", "NUL", "no JSON", "markers", "wrong types", "nested lists"],
)
async def test_a_model_that_only_sends_nonsense_is_replaced_by_the_playbook_and_heard_again_later(
    sessions: Sessions, nonsense: str
) -> None:
    session = await sessions.start(*[nonsense] * ATTEMPTS, "I am well again.")
    assert session.script.turns == ATTEMPTS
    await _answered_by_the_playbook(session, "The model sent an answer that could not be read.")
    await session.say("and now?")
    assert (await session.said(MessageRole.PILOT))[-1] == "I am well again."
    assert (await session.row()).pilot_degraded_reason is None


async def test_nonsense_once_costs_one_more_attempt(sessions: Sessions) -> None:
    session = await sessions.start("[QUESTIONS]nonsense", "Here I am." + questions("Is it on?"))
    assert session.script.turns == 2
    assert await session.said(MessageRole.PILOT) == ["Here I am."]
    assert len(await session.rows(LaneItem)) == 1


# --- too much ---


async def test_a_reply_of_ten_megabytes_is_cut_and_told_as_cut(sessions: Sessions) -> None:
    session = await sessions.start(["A word " * 1_000 for _ in range(1_500)])
    (reply,) = await session.messages(MessageRole.PILOT)
    assert len(reply.text) <= streaming.REPLY_CHARACTERS
    assert reply.stop_reason == "too_long"
    await _goes_on(session)


async def test_one_line_without_a_break_is_stored_as_far_as_a_reply_may_go(sessions: Sessions) -> None:
    session = await sessions.start("x" * 10_000_000)
    assert [len(one) for one in await session.said(MessageRole.PILOT)] == [streaming.REPLY_CHARACTERS]
    await _goes_on(session)


async def test_ten_thousand_blocks_change_no_more_than_one_reply_may(sessions: Sessions) -> None:
    blocks = "".join(
        questions(f"Question {n}?") + actions(f"Check {n}") + promote(f"Fact {n}") + suggest(f"Fix {n}")
        for n in range(2_500)
    )
    session = await sessions.start("So much to do." + blocks)
    assert len(await session.rows(Fact)) == MAX_PROMOTIONS
    assert len(await session.rows(LaneItem)) == MAX_QUESTIONS + MAX_CHECKS
    assert len(await session.rows(Fix)) == 1
    assert (await session.row()).last_seq < 60
    (turn,) = await _turns(session)
    assert turn.diagnostics is not None
    assert turn.diagnostics["dropped_count"] > 100
    assert len(json.dumps(turn.diagnostics)) < 20_000
    await _goes_on(session)


# --- what a database does not take ---


async def test_characters_that_cannot_be_stored_are_left_out_wherever_they_stand(sessions: Sessions) -> None:
    """As they are in the prose, and as escapes inside the JSON of blocks."""
    odd = f"{NUL}a{HALF}b\x07\x1b[31m\u202e\ufffe"
    blocks = questions(odd + "Is it on?") + actions(odd + "Ping") + promote(odd + "It is on")
    fix = suggest(
        odd + "Restart", odd, ai_drafted_script=odd + "exit", ai_drafted_parameters={odd: [{odd: odd}]}
    )
    session = await sessions.start("Prose " + odd + blocks + fix)
    assert session.script.turns == 1
    told = [
        *await session.said(MessageRole.PILOT),
        *[item.text for item in await session.rows(LaneItem)],
        *[fact.text for fact in await session.rows(Fact)],
        *[
            f"{one.title}{one.ai_drafted_script}{one.ai_drafted_parameters}"
            for one in await session.rows(Fix)
        ],
    ]
    assert len(told) == 5
    for text in told:
        assert "a\ufffdb" in text
        assert NUL not in text
    await _goes_on(session)


async def test_a_note_with_such_characters_or_of_ten_megabytes_still_becomes_a_note(
    sessions: Sessions,
) -> None:
    session = await sessions.start()
    await session.preview()
    (rendered,) = await session.rows(Artifact)
    session.script.notes = [rendered.markdown + NUL + HALF, "x" * 10_000_000]
    await session.preview(force=True)
    (note,) = await session.rows(Artifact)
    assert (note.generated_by, note.markdown) == (GeneratedBy.MODEL, rendered.markdown + "\ufffd")
    await session.preview(force=True)
    (note,) = await session.rows(Artifact)
    assert (note.generated_by, note.markdown) == (GeneratedBy.RENDERER, rendered.markdown)
    await _goes_on(session)


async def test_a_digest_of_ten_megabytes_with_such_characters_is_bounded(
    sessions: Sessions, pilot: DirectedPilot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def write(request: DigestRequest) -> DraftedDigest:
        return DraftedDigest(text=f"{NUL}{HALF}and so on " * 1_000_000, model="fast")

    monkeypatch.setattr(pilot, "write_digest", write)
    session = await sessions.start()
    for _ in range(3):
        await session.say("x" * 20_000)

    async def digests() -> list[str] | None:
        async with session.database.tenant(session.tenant.account_id) as db:
            found = await db.execute(select(SessionDigest.text).where(SessionDigest.session_id == session.id))
            return list(found.scalars()) or None

    (text,) = await until(digests, what="the digest")
    assert NUL not in text
    assert len(text) < 50_000
    await _goes_on(session)


async def test_nonsense_about_a_call_does_not_cost_what_was_said(sessions: Sessions) -> None:
    """Gateways name models by addresses longer than any name, and count as they like."""
    end = ReplyEnd(
        provider=PilotProvider.ANTHROPIC,
        model=f"gateway/{NUL}{HALF}" + "model" * 100,
        usage=Usage(input_tokens=2**40, output_tokens=-1),
    )
    session = await sessions.start(("Here I am.", end))
    assert session.script.turns == 1
    assert await session.said(MessageRole.PILOT) == ["Here I am."]
    async with session.database.tenant(session.tenant.account_id) as db:
        (call,) = (await db.execute(select(LlmCall).where(LlmCall.session_id == session.id))).scalars()
    assert call.model.startswith("gateway/\ufffdmodel")
    assert (call.input_tokens, call.output_tokens) == (2**31 - 1, 0)
    await _goes_on(session)


# --- without an end ---


async def test_a_stream_without_an_end_is_ended_and_what_was_said_is_kept(
    sessions: Sessions, pilot: DirectedPilot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "REPLY_SECONDS", 0.3)
    session = await _answered_by(sessions, pilot, EndlessPilot())
    (reply,) = await session.messages(MessageRole.PILOT)
    assert reply.text.startswith("thinking thinking")
    assert reply.stop_reason == "too_long"
    await _goes_on(session)


async def test_a_stream_of_empty_pieces_is_no_answer(
    sessions: Sessions, pilot: DirectedPilot, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Empty(EndlessPilot):
        async def stream_reply(self, context: TurnContext) -> AsyncIterator[ReplyDelta | ReplyEnd]:
            while True:
                yield ReplyDelta(text=NUL)

    monkeypatch.setattr(streaming, "REPLY_SECONDS", 0.2)
    session = await _answered_by(sessions, pilot, Empty())
    await _answered_by_the_playbook(session, "The model did not answer in time.")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ((), "The model did not answer in time."),
        (("Half a re",), "The model stopped in the middle of its reply."),
    ],
    ids=["from the start", "in the middle"],
)
async def test_a_model_that_falls_silent_for_ever_is_given_up_and_nothing_of_it_is_kept(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch, said: tuple[str, ...], reason: str
) -> None:
    monkeypatch.setattr(streaming, "SILENCE_SECONDS", 0.2)
    session = await sessions.start((*said, asyncio.Event()))
    assert session.script.turns == ATTEMPTS
    await _answered_by_the_playbook(session, reason)
    assert "Half a re" not in "".join(await session.said(MessageRole.PILOT))


async def test_a_model_that_falls_silent_can_be_stopped_at_once(sessions: Sessions) -> None:
    session = await sessions.start(("Half a reply. ", asyncio.Event()), "Next.", settle=False)
    await until(lambda: _asked(session.script), what="the call of the pilot")
    await session.stop()
    assert [one.strip() for one in await session.said(MessageRole.PILOT)] == ["Half a reply."]
    await session.say("go on")
    assert (await session.said(MessageRole.PILOT))[-1] == "Next."


@pytest.mark.parametrize("fault", ["pings_after", "hang_after"])
async def test_a_connection_that_stays_open_and_says_nothing_more_is_given_up(
    sessions: Sessions, pilot: DirectedPilot, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """Signs of life of the transport are no answer."""
    monkeypatch.setattr(streaming, "SILENCE_SECONDS", 0.5)
    async with _anthropic() as (model, anthropic):
        for _ in range(ATTEMPTS):
            model.next(applies_to="chat", text="Half a reply and then", piece_characters=6, **{fault: 2})
        session = await _answered_by(sessions, pilot, anthropic)
        await _answered_by_the_playbook(session, "The model stopped in the middle of its reply.")


async def test_ten_megabytes_over_the_wire_are_cut_where_a_reply_ends(
    sessions: Sessions, pilot: DirectedPilot
) -> None:
    async with _anthropic() as (model, anthropic):
        model.next(applies_to="chat", text="A word. " * 1_250_000, piece_characters=50_000)
        session = await _answered_by(sessions, pilot, anthropic)
    (reply,) = await session.messages(MessageRole.PILOT)
    assert reply.stop_reason == "too_long"
    assert len(reply.text) <= streaming.REPLY_CHARACTERS
    assert len(await session.events(EventType.REPLY_COMPLETED)) == 1


@asynccontextmanager
async def _anthropic() -> AsyncIterator[tuple[AnthropicSimulator, AnthropicPilot]]:
    async with AnthropicSimulator() as model:
        anthropic = AnthropicPilot(model.api_key, model.url)
        try:
            yield model, anthropic
        finally:
            await anthropic.aclose()


async def _answered_by(
    sessions: Sessions, pilot: DirectedPilot, other: AnthropicPilot | EndlessPilot
) -> WorkedSession:
    """A session whose first turn has ended, answered by another pilot."""
    session = sessions.new()
    pilot.delegate(str(session.id), other)
    try:
        await session.open(f"{session.id}: the printer prints nothing")
        await session.settled()
    finally:
        pilot.withdraw(str(session.id))
    return session


async def _asked(script: Script) -> bool:
    return script.turns > 0


async def _turns(session: WorkedSession) -> list[Turn]:
    async with session.database.tenant(session.tenant.account_id) as db:
        return list((await db.execute(select(Turn).where(Turn.session_id == session.id))).scalars())
