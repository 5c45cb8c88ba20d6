"""Histories of workflows: replaying them, and keeping some as files that later versions must still replay."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from google.protobuf.message import Message as ProtobufMessage
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHistory
from temporalio.converter import DataConverter, PayloadCodec
from temporalio.worker import Replayer

from infra.temporal.workflow_runner import workflow_runner
from infra.worker import WORKFLOWS
from tests.support.application import converter_of_tests
from tests.workflows.worked_session import WorkedSession
from workflows.ticket_writeback.messages import writeback_workflow_id

FOLDER = Path(__file__).with_name("histories")

# Who ran a step and where its code lay says nothing to a replay, and is nobody's business.
_SCRUBBED = {"identity": "worker", "stackTrace": "", "buildId": "", "workerInstanceKey": ""}
_PROCESS = re.compile(r"\d+@[\w.-]+")
_HOST = re.compile(r"127\.0\.0\.1(:\d+)?")


def replayer(converter: DataConverter | None = None) -> Replayer:
    """Replays with the code of now, set up as the worker is."""
    return Replayer(
        workflows=list(WORKFLOWS),
        workflow_runner=workflow_runner(),
        data_converter=converter or converter_of_tests(),
    )


async def replay(history: WorkflowHistory) -> None:
    """Run the history through the code of now. Raises NondeterminismError when they do not agree."""
    await replayer().replay_workflow(history)


async def replay_all(several: Sequence[WorkflowHistory]) -> None:
    """Like `replay`, with one replayer for all of them."""

    async def one_by_one() -> AsyncIterator[WorkflowHistory]:
        for history in several:
            yield history

    await replayer().replay_workflows(one_by_one())


async def histories_of(session: WorkedSession) -> dict[str, WorkflowHistory]:
    """What the session's workflow and its writebacks did, by what is added to a file's name."""
    runs: dict[str, WorkflowHistory] = {}
    for first in session.run_ids:
        run_id = first
        while run_id and run_id not in runs:
            runs[run_id] = await _fetch(session.temporal, session.handle.id, run_id)
            last = runs[run_id].events[-1]
            run_id = last.workflow_execution_continued_as_new_event_attributes.new_execution_run_id
    found = {
        "" if len(runs) == 1 else f"-run-{number}": history
        for number, history in enumerate(runs.values(), start=1)
    }
    for number in sorted(session.writebacks_seen):
        found[f"-writeback-{number}"] = await _fetch(
            session.temporal, writeback_workflow_id(session.id, number), None
        )
    return found


async def _fetch(client: Client, workflow_id: str, run_id: str | None) -> WorkflowHistory:
    return await client.get_workflow_handle(workflow_id, run_id=run_id).fetch_history()


async def decoded(history: WorkflowHistory) -> WorkflowHistory:
    """The same history without encryption, as a replay reads it too."""
    clear = WorkflowHistory(
        history.workflow_id, [HistoryEvent.FromString(event.SerializeToString()) for event in history.events]
    )
    codec = converter_of_tests().payload_codec
    assert codec is not None
    for event in clear.events:
        await _decode(event, codec)
    return clear


async def _decode(message: ProtobufMessage, codec: PayloadCodec) -> None:
    if isinstance(message, Payload):
        message.CopyFrom((await codec.decode([message]))[0])
        return
    for descriptor, value in message.ListFields():
        if descriptor.message_type is None:
            continue
        if not descriptor.is_repeated:
            inner = [value]
        else:
            inner = list(value.values()) if isinstance(value, Mapping) else list(value)
        for one in inner:
            if isinstance(one, ProtobufMessage):
                await _decode(one, codec)
    if isinstance(message, Failure) and message.HasField("encoded_attributes"):
        attributes = json.loads(message.encoded_attributes.data)
        message.message, message.stack_trace = attributes["message"], attributes["stack_trace"]
        message.ClearField("encoded_attributes")


async def store(name: str, history: WorkflowHistory) -> Path:
    """Keep a history as a file, without encryption and without what names a machine."""
    history = await decoded(history)
    path = FOLDER / f"{name}.json"
    events = [
        json.dumps(_scrubbed(event), sort_keys=True) for event in json.loads(history.to_json())["events"]
    ]
    lines = ",\n".join(events)
    path.write_text(f'{{"workflowId": {json.dumps(history.workflow_id)}, "events": [\n{lines}\n]}}\n')
    return path


def stored() -> list[Path]:
    return sorted(FOLDER.glob("*.json"))


def load(path: Path) -> WorkflowHistory:
    document = json.loads(path.read_text())
    return WorkflowHistory.from_json(document.pop("workflowId"), document)


def _scrubbed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _SCRUBBED.get(key, _scrubbed(inner)) for key, inner in value.items()}
    if isinstance(value, list):
        return [_scrubbed(inner) for inner in value]
    return _HOST.sub("psa.example", _PROCESS.sub("worker", value)) if isinstance(value, str) else value
