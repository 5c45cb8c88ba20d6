"""What one statement reads for a session's page is what every other telling of the same rows says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import select

from api.session_detail import CLOSED_ITEMS_SHOWN
from domain.vocabulary import (
    AccountRole,
    ArtifactKind,
    FactSource,
    FixStatus,
    LaneAction,
    LaneItemKind,
    LaneItemStatus,
    MessageRole,
    TurnState,
    WritebackState,
    WritebackStep,
)
from infra.database.models import Base, Fact, Fix, LaneItem, Message, ReplyChunk, Session, Writeback
from infra.database.resources import (
    fact_resource,
    fix_resource,
    lane_item_resource,
    message_resource,
    session_resource,
)
from tests.support.application import Application
from tests.support.problems import assert_problem
from tests.support.rows import START, session_row, store
from tests.support.tenants import Tenant

Json = dict[str, Any]


@pytest.fixture
async def bare(application: Application) -> Tenant:
    """An account with nothing in it."""
    return await application.tenant(with_flows=False)


def of(session: Session, model: type[Base], **values: Any) -> Any:
    return model(id=uuid4(), account_id=session.account_id, session_id=session.id, **values)


def item(session: Session, number: int, **values: Any) -> LaneItem:
    return of(  # type: ignore[no-any-return]
        session,
        LaneItem,
        **{
            "position": number,
            "kind": LaneItemKind.QUESTION,
            "text": f"Question {number}?",
            "normalised_text": f"question {number}?",
            "status": LaneItemStatus.SET_ASIDE,
            "created_at": START + timedelta(minutes=number),
            **values,
        },
    )


def rich_session(tenant: Tenant) -> tuple[Session, list[Any]]:
    """A session with every column of its parts filled in one row and empty in another."""
    session = session_row(tenant, 5, 'Ärger mit "Outlook" \\ 📎', last_seq=40, state_version=9, ticket=None)
    asked = item(
        session,
        1,
        status=LaneItemStatus.ANSWERED,
        context="Since when\nmatters",
        options=["Yes", 'No "never"'],
        answer="Yes",
        answered_at=START + timedelta(minutes=9, microseconds=7),
    )
    check = item(
        session,
        2,
        kind=LaneItemKind.CHECK,
        status=LaneItemStatus.OPEN,
        command="Get-Service | ? {$_.Status -eq 'Stopped'}",
        description="Nothing should be listed",
        action=LaneAction.OPEN_SCRIPT_BUILDER,
        output="\t1\n2",
    )
    turn_id = uuid4()
    said = of(
        session,
        Message,
        seq=3,
        role=MessageRole.ENGINEER,
        author_id=tenant.user_id(),
        text="It is back 📎\u2028 and 'here'",
        answers=[{"item_id": str(asked.id), "answer": "Yes", "output": None, "skipped": False}],
        uploads=[
            {
                "id": str(uuid4()),
                "file_name": "ä.png",
                "content_type": "image/png",
                "size_bytes": 7,
                "width": 3,
            }
        ],
        turn_id=turn_id,
        turn_state=TurnState.RUNNING,
        created_at=START,
    )
    failed = of(
        session,
        Message,
        seq=2,
        role=MessageRole.ENGINEER,
        author_id=tenant.user_id(),
        text="Hello",
        turn_state=TurnState.FAILED,
        error_code="pilot_unavailable",
        error_detail=None,
        created_at=START + timedelta(seconds=1, microseconds=120_000),
    )
    spoken = of(session, Message, seq=5, role=MessageRole.PILOT, text="", answers=None, created_at=START)
    facts = [
        of(
            session,
            Fact,
            seq=number,
            text=f"A fact of {source.value}",
            normalised_text=source.value,
            source_type=source,
            source_ref=asked.id if source is FactSource.QUESTION else None,
            source_summary="rules out DNS" if source is FactSource.QUESTION else None,
            message_id=said.id if source is FactSource.QUESTION else None,
            created_by=tenant.user_id() if source is FactSource.USER_NOTE else None,
            disputed=source is FactSource.AI_SYNTHESIS,
            created_at=START,
            updated_at=START,
        )
        for number, source in enumerate(FactSource, start=1)
    ]
    deleted = of(
        session,
        Fact,
        seq=len(facts) + 1,
        text="Gone",
        normalised_text="gone",
        source_type=FactSource.USER_NOTE,
        source_ref=check.id,
        deleted_at=START,
    )
    fixes = [
        of(
            session,
            Fix,
            title="Old",
            description="",
            confidence_pct=40,
            status=FixStatus.PROPOSED,
            superseded_at=START,
        ),
        of(session, Fix, title="Aside", description="", confidence_pct=60, status=FixStatus.DISMISSED),
        of(
            session,
            Fix,
            title="Active",
            description="Do it",
            confidence_pct=80,
            status=FixStatus.PROPOSED,
            ai_drafted_parameters={"user": "x"},
            outcome_proposal={"outcome": "success", "reason": "said so", "message_id": str(said.id)},
            applied_at=START + timedelta(milliseconds=500),
            nudge_silenced_until=6,
        ),
    ]
    writebacks = [
        of(
            session,
            Writeback,
            number=number,
            kind=ArtifactKind.RESOLUTION_NOTE,
            markdown="note",
            text_hash="h",
            summary="s",
            state=state,
            step=WritebackStep.VERIFY,
            error_code=None if number == 1 else "psa_status_unverified",
            error_detail=None if number == 1 else "It did not move",
            confirmed_by=tenant.user_id(),
        )
        for number, state in ((1, WritebackState.FAILED), (2, WritebackState.UNVERIFIED))
    ]
    chunks = [
        ReplyChunk(
            account_id=session.account_id, session_id=session.id, turn_id=turn_id, position=at, text=text
        )
        for at, text in ((6, "world"), (0, "Hello "))
    ]
    rows = [asked, check, failed, said, spoken, *facts, deleted, *fixes, *writebacks, *chunks]
    return session, rows


async def read(client: httpx.AsyncClient, session_id: UUID) -> Json:
    answer = await client.get(f"/ai-sessions/{session_id}")
    assert answer.status_code == 200, answer.text
    body: Json = answer.json()
    return body


async def test_the_page_tells_every_row_as_its_resource_does(application: Application, bare: Tenant) -> None:
    session, rows = rich_session(bare)
    await store(application.database, session, *rows)
    async with application.database.tenant(bare.account_id) as db:
        stored = [row for row in [await db.get(type(row), _key(row)) for row in rows] if row is not None]
        told = await db.get_one(Session, session.id)
        latest = (await db.execute(select(Writeback).where(Writeback.number == 2))).scalar_one()
    of_type: dict[type[Any], list[Any]] = {}
    for row in stored:
        of_type.setdefault(type(row), []).append(row)
    facts = [fact for fact in of_type[Fact] if fact.deleted_at is None]
    promoted = {fact.source_ref: fact.id for fact in facts}
    async with application.sign_in(bare) as engineer:
        body = await read(engineer, session.id)
    expected: dict[str, Any] = {
        "session": session_resource(told, latest),
        "messages": [message_resource(row) for row in sorted(of_type[Message], key=lambda row: row.seq)],
        "lane": [lane_item_resource(row, promoted.get(row.id)) for row in of_type[LaneItem]],
        "facts": [fact_resource(row) for row in facts],
        "active_fix": fix_resource(of_type[Fix][2], 1),
    }
    for part, resources in expected.items():
        if isinstance(resources, list):
            assert body[part] == [one.model_dump(mode="json") for one in resources], part
        else:
            assert body[part] == resources.model_dump(mode="json"), part
    assert body["running_turn"] == {"turn_id": str(of_type[Message][1].turn_id), "text": "Hello world"}
    assert body["counts"] == {"facts": len(FactSource), "open_questions": 0, "open_checks": 1}
    assert body["last_event_seq"] == 40
    assert [one["user_id"] for one in body["people"]] == [str(bare.user_id())]


def _key(row: Any) -> Any:
    return (row.turn_id, row.position) if isinstance(row, ReplyChunk) else row.id


async def test_a_session_with_nothing_in_it_is_read(application: Application, bare: Tenant) -> None:
    session = session_row(bare, 1, "Empty")
    await store(application.database, session)
    async with application.sign_in(bare) as engineer:
        body = await read(engineer, session.id)
    assert (body["messages"], body["lane"], body["facts"]) == ([], [], [])
    assert (body["active_fix"], body["running_turn"], body["session"]["writeback"]) == (None, None, None)


async def test_everybody_who_worked_the_session_or_wrote_in_it_is_named_once(
    application: Application, bare: Tenant
) -> None:
    admin, engineer, owner, viewer = (bare.user_id(role) for role in sorted(AccountRole))
    session = session_row(bare, 1, "Handed over", started_by=viewer, engineer_id=engineer)
    said = [
        of(session, Message, seq=seq, role=MessageRole.ENGINEER, author_id=owner, text="Hello")
        for seq in (1, 2)
    ]
    noted = of(
        session,
        Fact,
        seq=3,
        text="Known",
        normalised_text="known",
        source_type=FactSource.USER_NOTE,
        created_by=admin,
    )
    other = session_row(bare, 2, "Of one alone")
    await store(application.database, session, other, *said, noted)
    async with application.sign_in(bare) as client:
        people = (await read(client, session.id))["people"]
        assert [one["user_id"] for one in people] == [str(one) for one in (admin, engineer, owner, viewer)]
        assert [one["name"].split()[0] for one in people] == ["Admin", "Engineer", "Owner", "Viewer"]
        assert [one["user_id"] for one in (await read(client, other.id))["people"]] == [str(engineer)]


async def test_a_page_of_older_messages_names_those_who_wrote_them_and_nobody_else(
    application: Application, bare: Tenant
) -> None:
    admin, owner = bare.user_id(AccountRole.ADMIN), bare.user_id(AccountRole.OWNER)
    session = session_row(bare, 1, "Handed over")
    said = [
        of(session, Message, seq=seq, role=MessageRole.ENGINEER, author_id=author, text="Hello")
        for seq, author in ((1, admin), (2, admin), (3, owner))
    ]
    await store(application.database, session, *said)
    async with application.sign_in(bare) as client:
        answer = await client.get(f"/ai-sessions/{session.id}/messages", params={"before": 3})
    assert [one["seq"] for one in answer.json()["items"]] == [1, 2]
    assert [one["user_id"] for one in answer.json()["people"]] == [str(admin)]


async def test_of_a_long_lane_the_open_items_and_the_latest_others_are_shown_and_the_rest_is_listed(
    application: Application, bare: Tenant
) -> None:
    session = session_row(bare, 1, "A long one")
    closed = [item(session, number) for number in range(1, CLOSED_ITEMS_SHOWN + 31)]
    # Asked first and answered last: it is among the latest.
    answered = item(
        session, 0, status=LaneItemStatus.ANSWERED, answer="Yes", answered_at=START + timedelta(days=1)
    )
    still_open = item(session, -1, status=LaneItemStatus.OPEN)
    fact = of(
        session,
        Fact,
        seq=1,
        text="Known",
        normalised_text="known",
        source_type=FactSource.QUESTION,
        source_ref=closed[0].id,
    )
    await store(application.database, session, *closed, answered, still_open, fact)
    async with application.sign_in(bare) as engineer:
        body = await read(engineer, session.id)
        assert len(body["lane"]) == CLOSED_ITEMS_SHOWN + 1
        assert [one["id"] for one in body["lane"][:2]] == [str(still_open.id), str(answered.id)]
        shown = {one["id"] for one in body["lane"]}
        cursor, left_out = body["closed_items_cursor"], []
        while cursor is not None:
            answer = await engineer.get(
                f"/ai-sessions/{session.id}/items", params={"cursor": cursor, "limit": 20}
            )
            page = answer.json()
            left_out += page["items"]
            cursor = page["next_cursor"]
        assert not shown & {one["id"] for one in left_out}
        everything = {str(one.id) for one in (*closed, answered, still_open)}
        assert shown | {one["id"] for one in left_out} == everything
        assert len(left_out) == 31
        assert left_out[-1]["promoted_fact_id"] == str(fact.id)
        first = await engineer.get(f"/ai-sessions/{session.id}/items", params={"limit": 1})
        assert [one["id"] for one in first.json()["items"]] == [str(answered.id)]
        wrong = await engineer.get(f"/ai-sessions/{session.id}/items", params={"cursor": "abc"})
        assert_problem(wrong, 422, "cursor_invalid")
        unknown = await engineer.get(f"/ai-sessions/{uuid4()}/items")
        assert_problem(unknown, 404, "session_not_found")


async def test_a_lane_that_is_shown_whole_leads_nowhere(application: Application, bare: Tenant) -> None:
    session = session_row(bare, 1, "Just full")
    await store(
        application.database, session, *(item(session, number) for number in range(CLOSED_ITEMS_SHOWN))
    )
    async with application.sign_in(bare) as engineer:
        body = await read(engineer, session.id)
    assert len(body["lane"]) == CLOSED_ITEMS_SHOWN
    assert body["closed_items_cursor"] is None
