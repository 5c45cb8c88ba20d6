"""Most messages bring no file: for them nothing is read."""

from __future__ import annotations

from unittest.mock import Mock
from uuid import uuid4

from activities.turn.files import load_files
from domain.pilot import EngineerInput, TurnContext
from infra.session_record.uploads import claim_uploads


async def test_storing_a_message_without_files_asks_the_database_nothing() -> None:
    transaction = Mock()
    assert await claim_uploads(transaction, uuid4(), []) == []
    assert transaction.mock_calls == []


async def test_a_turn_without_files_asks_the_store_nothing_and_is_given_what_it_had() -> None:
    context = TurnContext(
        session_id=uuid4(),
        problem_summary="words",
        history=[],
        inputs=[EngineerInput(message_id=uuid4(), text="words")],
        lane=[],
        facts=[],
        fixes=[],
        active_fix_id=None,
        ticket=None,
        flows=[],
    )
    storage = Mock()
    assert await load_files(storage, uuid4(), context) is context
    assert storage.mock_calls == []
