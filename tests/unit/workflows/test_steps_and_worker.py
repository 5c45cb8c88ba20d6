"""What the workflows ask for is what the workers offer, on the queue where it is asked for."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from enum import Enum
from types import ModuleType, UnionType
from typing import Any, get_args, get_origin, get_type_hints
from unittest.mock import Mock
from uuid import UUID, uuid4

import pytest
from pydantic import BaseModel
from temporalio import activity, workflow

from infra import turn_gate
from infra.worker import WORKFLOWS, WorkerResources, activities_of
from workflows.task_queues import ALL_QUEUES, LLM, PSA, SESSIONS
from workflows.ticket_writeback import messages as writeback_messages
from workflows.ticket_writeback import steps as writeback_steps
from workflows.troubleshooting_session import messages as session_messages
from workflows.troubleshooting_session import record_steps
from workflows.troubleshooting_session import steps as session_steps

CONTENT = "printer at ACME Dental prints nothing, password hunter2"
ACCOUNT, SESSION = uuid4(), uuid4()
MODULES = (record_steps, session_steps, writeback_steps)


class Asked:
    """One request of a workflow to the outside."""

    def __init__(self, kind: str, name: str, argument: Any, options: dict[str, Any]) -> None:
        self.kind = kind
        self.name = name
        self.argument = argument
        self.options = options

    @property
    def queue(self) -> str:
        """Local activities run in the worker of the workflow."""
        return str(self.options.get("task_queue", SESSIONS))

    @property
    def words(self) -> str:
        """Everything about the request that is stored in clear text."""
        shown = ("summary", "static_summary", "static_details", "id", "activity_id", "priority")
        return " ".join([self.name, *[str(self.options.get(key, "")) for key in shown]])


def _sample(annotation: Any) -> Any:
    """A value of that type, with content wherever content may stand."""
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        fields = annotation.model_fields.items()
        hints = get_type_hints(annotation)
        return annotation.model_construct(**{name: _field(name, hints[name]) for name, _ in fields})
    if inspect.isclass(annotation) and issubclass(annotation, Enum):
        return next(iter(annotation))
    origin = get_origin(annotation)
    if origin is list:
        return [_sample(get_args(annotation)[0])]
    if origin is UnionType or origin is not None:
        return _sample(get_args(annotation)[0])
    samples = {str: CONTENT, int: 3, float: 1.5, bool: False, UUID: uuid4(), datetime: datetime.now(UTC)}
    return samples.get(annotation, CONTENT)


def _field(name: str, annotation: Any) -> Any:
    known = {"account_id": ACCOUNT, "session_id": SESSION, "code": "a_code"}
    known |= {"error_code": "a_code", "command_name": "a_command"}
    return known.get(name, _sample(annotation))


def _step_functions(module: ModuleType) -> Iterator[Callable[..., Any]]:
    for name, function in vars(module).items():
        if inspect.isfunction(function) and function.__module__ == module.__name__ and name[0] != "_":
            yield function


@pytest.fixture
async def asked(monkeypatch: pytest.MonkeyPatch) -> list[Asked]:
    """Every step run once, with a workflow that only takes down what it is asked for."""
    taken: list[Asked] = []

    def take(kind: str) -> Callable[..., Any]:
        def record(name: str, argument: Any, **options: Any) -> None:
            taken.append(Asked(kind, name, argument, options))

        return record

    def take_async(kind: str) -> Callable[..., Awaitable[None]]:
        record = take(kind)

        async def answer(name: str, argument: Any, **options: Any) -> None:
            record(name, argument, **options)

        return answer

    monkeypatch.setattr(workflow, "execute_local_activity", take_async("local"))
    monkeypatch.setattr(workflow, "execute_activity", take_async("remote"))
    monkeypatch.setattr(workflow, "start_activity", take("remote"))
    monkeypatch.setattr(workflow, "execute_child_workflow", take_async("child"))
    for module in MODULES:
        for function in _step_functions(module):
            (parameter,) = get_type_hints(function).keys() - {"return"}
            answer = function(_sample(get_type_hints(function)[parameter]))
            if inspect.isawaitable(answer):
                await answer
    return taken


def _offered(queue: str) -> dict[str, Callable[..., Any]]:
    resources = WorkerResources(Mock(), Mock(), Mock(), Mock())
    return {
        str(activity._Definition.must_from_callable(one).name): one for one in activities_of(queue, resources)
    }


async def test_every_activity_that_is_asked_for_is_offered_there_and_nothing_else_is(
    asked: list[Asked],
) -> None:
    for queue in ALL_QUEUES:
        wanted = [one.name for one in asked if one.kind != "child" and one.queue == queue]
        assert len(wanted) == len(set(wanted))
        assert set(wanted) == _offered(queue).keys()


async def test_local_activities_are_offered_where_the_workflows_run(asked: list[Asked]) -> None:
    local = {one.name for one in asked if one.kind == "local"}
    assert local == _offered(SESSIONS).keys()
    assert not local & (_offered(LLM).keys() | _offered(PSA).keys())


async def test_an_activity_takes_and_answers_what_its_step_says(asked: list[Asked]) -> None:
    for one in asked:
        if one.kind == "child":
            continue
        hints = get_type_hints(_offered(one.queue)[one.name])
        answers = hints.pop("return")
        (takes,) = hints.values()
        assert isinstance(one.argument, takes), one.name
        assert answers is one.options.get("result_type", type(None)), one.name


async def test_a_child_that_is_started_is_offered(asked: list[Asked]) -> None:
    names = {workflow._Definition.must_from_class(one).name for one in WORKFLOWS}
    assert {one.name for one in asked if one.kind == "child"} <= names
    assert names == {session_messages.WORKFLOW_TYPE, writeback_messages.WORKFLOW_TYPE}


async def test_every_activity_has_a_time_limit_and_a_summary(asked: list[Asked]) -> None:
    for one in asked:
        if one.kind == "child":
            assert one.options["static_summary"]
            continue
        assert one.options["start_to_close_timeout"], one.name
        assert one.options["retry_policy"], one.name
        assert one.options["summary"], one.name
        assert len(one.options["summary"].encode()) <= 400, "what the server takes"


async def test_an_activity_on_a_shared_queue_says_whose_it_is(asked: list[Asked]) -> None:
    remote = [one for one in asked if one.kind == "remote"]
    assert remote
    for one in remote:
        assert one.options["priority"].fairness_key == str(ACCOUNT), one.name


async def test_the_death_of_a_worker_that_was_at_the_model_is_noticed_soon(asked: list[Asked]) -> None:
    at_the_model = [one for one in asked if one.queue == LLM]
    assert at_the_model
    for one in at_the_model:
        assert one.options["heartbeat_timeout"] <= timedelta(seconds=15), one.name
        assert one.options["heartbeat_timeout"] >= turn_gate.BEAT * 4, "some may be late"


async def test_names_ids_and_summaries_hold_nothing_that_anyone_wrote(asked: list[Asked]) -> None:
    assert any(CONTENT in str(one.argument) for one in asked), "the samples hold content"
    for one in asked:
        for word in CONTENT.replace(",", "").split():
            assert word not in one.words.split(), one.name


def test_workflow_ids_are_made_of_ids() -> None:
    assert session_messages.session_workflow_id(SESSION) == f"session/{SESSION}"
    assert writeback_messages.writeback_workflow_id(SESSION, 2) == f"session/{SESSION}/writeback/2"


@pytest.mark.parametrize("defined", WORKFLOWS, ids=lambda one: one.__name__)
def test_every_message_says_what_it_is_for(defined: type) -> None:
    definition = workflow._Definition.must_from_class(defined)
    for handlers in (definition.signals, definition.updates, definition.queries):
        for name, handler in handlers.items():
            assert handler.description, name


def test_every_update_that_changes_something_has_a_validator() -> None:
    definition = workflow._Definition.must_from_class(WORKFLOWS[0])
    assert {name for name, update in definition.updates.items() if update.validator is None} == set()
