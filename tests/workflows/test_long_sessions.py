"""A session of hundreds of turns: a digest takes the place of what is old, and nothing that is known is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import pairwise
from statistics import median
from typing import Any

import pytest
from sqlalchemy import select
from temporalio.testing import ActivityEnvironment

from activities.turn.digest import DigestActivities
from activities.turn.record import CLOSED_ITEMS
from domain import history
from domain.commands import CommandAck
from domain.digest import ANSWERS_HEADING, DIGEST_CHARACTERS, FIXES_HEADING, TALK_HEADING
from domain.pilot import DigestRequest, DraftedDigest, PilotUnavailable, Usage
from domain.vocabulary import FixOutcome, GeneratedBy, LaneItemStatus, MessageRole, TurnState
from infra.database.models import Fact, LaneItem, LlmCall, SessionDigest
from infra.pilots.factory import Pilots
from infra.pilots.playbook import PlaybookPilot
from tests.support.application import running_worker
from tests.support.pilots import DirectedPilot
from tests.support.waiting import until
from tests.workflows.conftest import Sessions
from tests.workflows.replies import promote, questions, suggest
from tests.workflows.worked_session import WorkedSession
from workflows.troubleshooting_session.messages import AnswerItems, ItemAnswer, WriteDigest

Writer = Callable[[DigestRequest], Awaitable[DraftedDigest | None]]


@pytest.fixture
def soon_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few messages make a long session."""
    monkeypatch.setattr(history, "DIGEST_ABOVE_MESSAGES", 8)
    monkeypatch.setattr(history, "LIMIT_MESSAGES", 20)


@pytest.fixture
def digests(pilot: DirectedPilot, monkeypatch: pytest.MonkeyPatch) -> Callable[[Writer], list[DigestRequest]]:
    """Let the model write digests; answers what it was asked."""

    def use(writer: Writer) -> list[DigestRequest]:
        asked: list[DigestRequest] = []

        async def write(request: DigestRequest) -> DraftedDigest | None:
            asked.append(request)
            return await writer(request)

        monkeypatch.setattr(pilot, "write_digest", write)
        return asked

    return use


async def test_late_turns_cost_what_early_ones_do_and_are_given_every_fact(sessions: Sessions) -> None:
    turns = 100
    session = await sessions.start(
        *[
            f"Reply {n}." + questions(f"Question {n}?", f"Is it {n}?") + promote(f"Fact {n} stands")
            for n in range(turns + 1)
        ]
    )
    sizes = []
    for turn in range(1, turns + 1):
        await session.say(f"Message {turn} of many: nothing has changed here since the last one.")
        if turn % 5 == 0:
            sizes.append(await _history_bytes(session))
    last = session.script.contexts[-1]
    assert [fact.text for fact in last.facts] == [f"Fact {n} stands" for n in range(turns)]
    assert max(len(context.history) for context in session.script.contexts) <= history.LIMIT_MESSAGES
    assert max(len(context.lane) for context in session.script.contexts) <= CLOSED_ITEMS + 2
    assert len(await session.rows(LaneItem)) == 2 * (turns + 1)
    assert last.digest is not None
    assert len(last.digest) <= DIGEST_CHARACTERS
    written = await _digests(session)
    assert len(written) >= 3
    # A digest is an activity of its own now and then; the turns themselves must not grow.
    grown = [after - before for before, after in pairwise(sizes)]
    assert median(grown[-8:]) <= 1.2 * median(grown[:8])


@pytest.mark.history("long-session-with-digest")
@pytest.mark.usefixtures("soon_long")
async def test_a_digest_stands_for_the_older_messages_and_what_came_after_is_given_word_for_word(
    sessions: Sessions, digests: Callable[[Writer], list[DigestRequest]]
) -> None:
    async def write(request: DigestRequest) -> DraftedDigest:
        return DraftedDigest(
            text=f"{request.previous or 'It began.'} Then {len(request.messages)} messages.",
            model="fast",
            usage=Usage(input_tokens=11, output_tokens=3),
        )

    asked = digests(write)
    session = await sessions.start(*[f"Reply {n}." for n in range(30)])
    await _talk(session, 12)
    first, *more = await _digests(session)
    assert more
    assert (first.version, first.generated_by, first.model) == (1, GeneratedBy.MODEL, "fast")
    assert f"Then {len(asked[0].messages)} messages." in first.text
    assert asked[0].previous is None
    assert asked[1].previous == f"It began. Then {len(asked[0].messages)} messages."
    assert not (await session.row()).digest_due

    latest = (await _digests(session))[-1]
    await session.say("One more")
    context = session.script.contexts[-1]
    assert context.digest == latest.text
    said = [one for one in await session.settled() if one.seq > latest.upto_seq and one.text != "One more"]
    assert [(one.role, one.text) for one in context.history] == [(one.role, one.text) for one in said[:-1]]
    digested = [message.text for request in asked for message in request.messages]
    in_order = [one.text for one in await session.settled()]
    assert digested == in_order[: len(digested)], "each message is put in short once, in order"
    calls = await _calls(session, "digest")
    assert [(call.input_tokens, call.output_tokens, call.model) for call in calls] == [(11, 3, "fast")] * len(
        await _digests(session)
    )


@pytest.mark.usefixtures("soon_long")
async def test_without_a_model_a_plain_digest_names_every_outcome_and_answer(sessions: Sessions) -> None:
    replies = [
        "First this." + questions("Is the light on?"),
        "Then this." + suggest("Restart the spooler"),
        "Then that." + suggest("Replace the cable"),
        *[f"Reply {n}." for n in range(20)],
    ]
    session = await sessions.start(*replies)
    (item,) = await session.rows(LaneItem)
    answer = session.command(AnswerItems, items=[ItemAnswer(item_id=item.id, answer="Yes, green")])
    await session.send("answer_items", answer, CommandAck)
    await session.settled()
    await session.judge(await session.active_fix(), FixOutcome.APPLIED_FAILED, "nothing prints")
    await session.say("What now?")
    await session.judge(await session.active_fix(), FixOutcome.APPLIED_SUCCESS)
    await _talk(session, 8)
    digest = (await _digests(session))[-1]
    assert (digest.generated_by, digest.model) == (GeneratedBy.RENDERER, None)
    for line in (
        FIXES_HEADING,
        "- Restart the spooler: did not help (nothing prints)",
        "- Replace the cable: worked",
        ANSWERS_HEADING,
        "- Is the light on?: Yes, green",
        TALK_HEADING,
        "Pilot: First this.",
        "Recorded: It did not work: Restart the spooler — nothing prints",
    ):
        assert line in digest.text.split("\n")
    await session.say("One more")
    assert session.script.contexts[-1].digest == digest.text


@pytest.mark.usefixtures("soon_long")
async def test_when_the_model_cannot_write_the_digest_the_plain_one_is_written_at_once(
    sessions: Sessions, digests: Callable[[Writer], list[DigestRequest]]
) -> None:
    async def fail(request: DigestRequest) -> DraftedDigest:
        raise PilotUnavailable("overloaded", retry_after=300)

    asked = digests(fail)
    session = await sessions.start(*[f"Reply {n}." for n in range(20)])
    await _talk(session, 5)
    (digest,) = await _digests(session)
    assert len(asked) == 1
    assert digest.generated_by is GeneratedBy.RENDERER
    assert await _calls(session, "digest") == []


@pytest.mark.usefixtures("soon_long")
async def test_turns_go_on_while_a_digest_is_late_and_carry_no_more_than_the_limit(
    sessions: Sessions, digests: Callable[[Writer], list[DigestRequest]]
) -> None:
    come = asyncio.Event()

    async def late(request: DigestRequest) -> DraftedDigest:
        await come.wait()
        return DraftedDigest(text="At last.", model="fast")

    asked = digests(late)
    session = await sessions.start(*[f"Reply {n}." for n in range(40)])
    for turn in range(15):
        await session.say(f"Message {turn}")
    assert len(asked) == 1, "one at a time"
    context = session.script.contexts[-1]
    assert context.digest is None
    assert len(context.history) == 20
    assert context.history[-1].text == "Reply 14."
    come.set()
    await _no_digest_due(session)
    await session.say("One more")
    assert "At last." in (session.script.contexts[-1].digest or "")
    assert len(session.script.contexts[-1].history) < 20


@pytest.mark.usefixtures("soon_long")
async def test_a_digest_is_written_once_however_often_it_is_tried(sessions: Sessions) -> None:
    session = await sessions.start(*[f"Reply {n}." for n in range(20)])
    await _talk(session, 3)
    together = asyncio.Barrier(2)

    class Twice(PlaybookPilot):
        async def write_digest(self, request: DigestRequest) -> DraftedDigest:
            await together.wait()
            return DraftedDigest(text="The story so far.", model="fast")

    pilots = Pilots(primary=Twice(), fallback=PlaybookPilot())
    activities = DigestActivities(session.database, pilots)
    request = WriteDigest(account_id=session.tenant.account_id, session_id=session.id)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history, "DIGEST_ABOVE_MESSAGES", 6)
        await asyncio.gather(*(ActivityEnvironment().run(activities.write_digest, request) for _ in range(2)))
    (digest,) = await _digests(session)
    assert digest.version == 1
    assert len(await _calls(session, "digest")) == 1
    again = await ActivityEnvironment().run(activities.write_digest, request)
    assert not again.digest_due
    assert len(await _digests(session)) == 1


@pytest.mark.usefixtures("soon_long")
async def test_a_message_that_waits_for_its_answer_is_in_no_digest(
    sessions: Sessions, digests: Callable[[Writer], list[DigestRequest]]
) -> None:
    go_on = asyncio.Event()

    async def write(request: DigestRequest) -> DraftedDigest:
        return DraftedDigest(text="Short.", model="fast")

    asked = digests(write)
    session = await sessions.start(*[f"Reply {n}." for n in range(4)], ("Slow.", go_on), "All read.")
    for turn in range(3):
        await session.say(f"Message {turn}")
    await session.say("Answered slowly", settle=False)
    await session.turn_running()
    for number in range(6):
        await session.say(f"Waiting {number}", settle=False)
    go_on.set()
    await session.settled()
    await _no_digest_due(session)
    assert [one.text for one in session.script.contexts[-1].inputs] == [f"Waiting {n}" for n in range(6)]
    assert [one.text for one in session.script.contexts[-1].history][-2:] == ["Answered slowly", "Slow."], (
        "what was said during a reply comes after it"
    )
    for digest, request in zip(await _digests(session), asked, strict=True):
        messages = await session.settled()
        assert all(one.turn_state is not TurnState.QUEUED for one in messages)
        assert (
            max(one.seq for one in messages if one.text in {m.text for m in request.messages})
            == digest.upto_seq
        )


@pytest.mark.usefixtures("soon_long")
async def test_a_long_session_goes_on_over_many_runs_of_its_workflow(second_sessions: Sessions) -> None:
    async with running_worker(
        second_sessions.temporal, second_sessions.application.settings, second_sessions.pilot
    ):
        session = await second_sessions.start(
            *[f"Reply {n}." + promote(f"Fact {n} stands") for n in range(40)]
        )
        for turn in range(30):
            await session.say(f"Message {turn}")
        await _no_digest_due(session)
        assert await session.current_run() != session.run_ids[0]
        assert [fact.text for fact in session.script.contexts[-1].facts] == [
            f"Fact {n} stands" for n in range(30)
        ]
        digests = await _digests(session)
        assert [digest.version for digest in digests] == list(range(1, len(digests) + 1))
        assert [before.upto_seq < after.upto_seq for before, after in pairwise(digests)].count(False) == 0
        assert await session.said(MessageRole.PILOT) == [f"Reply {n}." for n in range(31)]


async def test_a_question_asked_again_after_a_hundred_others_is_the_same_question(sessions: Sessions) -> None:
    many = [
        f"Reply {n}." + questions(*(f"Question {n}-{m}?" for m in range(3))) for n in range(CLOSED_ITEMS // 2)
    ]
    session = await sessions.start("First." + questions("The first question?"), *many)
    (first,) = await session.rows(LaneItem)
    answer = session.command(AnswerItems, items=[ItemAnswer(item_id=first.id, answer="Because.")])
    await session.send("answer_items", answer, CommandAck)
    await session.settled()
    for number in range(len(many) - 1):
        await session.say(f"Message {number}")
    given = session.script.contexts[-1].lane
    assert first.id not in {item.id for item in given}
    assert len(given) <= CLOSED_ITEMS + 3
    assert {"Question 18-0?", "Question 18-1?", "Question 18-2?"} <= {
        item.text for item in given if item.status is LaneItemStatus.OPEN
    }
    session.script.answers = [
        *session.script.answers,
        "Again." + questions("the FIRST  question?") + promote("It was because", first.id),
    ]
    await session.say("And?")
    again = [item for item in await session.rows(LaneItem) if item.normalised_text == "the first question?"]
    assert [(item.id, item.status) for item in again] == [(first.id, LaneItemStatus.OPEN)]
    (fact,) = await session.rows(Fact)
    assert fact.source_ref == first.id
    positions = [item.position for item in await session.rows(LaneItem)]
    assert positions == sorted(set(positions))


async def _talk(session: WorkedSession, turns: int) -> None:
    """So many messages; each waits for the digest that the turn before was due."""
    for turn in range(turns):
        await session.say(f"Message {turn}")
        await _no_digest_due(session)


async def _no_digest_due(session: WorkedSession) -> None:
    async def probe() -> bool:
        view = await session.snapshot()
        return (
            view.snapshot is not None
            and not view.snapshot.digest_due
            and not view.turn_running
            and not (await session.row()).digest_due
        )

    await until(probe, what="the digest")


async def _digests(session: WorkedSession) -> Sequence[SessionDigest]:
    return await _read(session, SessionDigest, SessionDigest.version)


async def _calls(session: WorkedSession, action: str) -> list[LlmCall]:
    calls = await _read(session, LlmCall, LlmCall.created_at)
    return [call for call in calls if call.action == action]


async def _read(session: WorkedSession, kind: Any, order: Any) -> Sequence[Any]:
    async with session.database.tenant(session.tenant.account_id) as db:
        found = await db.execute(select(kind).where(kind.session_id == session.id).order_by(order))
        return found.scalars().all()


async def _history_bytes(session: WorkedSession) -> int:
    described = await session.handle.describe()
    return int(described.raw_description.workflow_execution_info.history_size_bytes)
