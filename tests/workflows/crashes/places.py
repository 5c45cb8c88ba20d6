"""Which places an activity has, read from its code: what it opens, calls and writes, however deep."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from functools import cache
from types import FunctionType, ModuleType
from typing import Any
from unittest.mock import Mock

from temporalio import activity

from domain.pilot import Pilot
from domain.psa import PsaProvider
from infra.crash_points import CrashPoint
from infra.psa.connectwise.provider import ConnectWiseProvider
from infra.worker import WorkerResources, activities_of
from workflows.task_queues import ALL_QUEUES

FOLLOWED = ("activities.", "infra.psa.", "infra.session_record.")
"""Packages whose functions are read too where a step calls them."""

_MODEL_CALLS = {name for name, _ in inspect.getmembers(Pilot, inspect.isfunction) if name[0] != "_"}
_PSA_CALLS = {name for name, _ in inspect.getmembers(PsaProvider, inspect.isfunction) if name[0] != "_"}
_WRITES = ("post", "patch", "put", "delete")


def offered_activities() -> dict[str, Callable[..., Any]]:
    """Every activity that some worker offers, by name."""
    resources = WorkerResources(Mock(), Mock(), Mock(), Mock())
    return {
        str(activity._Definition.must_from_callable(step).name): step
        for queue in ALL_QUEUES
        for step in activities_of(queue, resources)
    }


@cache
def places_in_code() -> dict[str, frozenset[CrashPoint]]:
    """The places of each activity."""
    return {name: frozenset(_places(step)) for name, step in offered_activities().items()}


def _places(step: Callable[..., Any]) -> Iterator[CrashPoint]:
    yield from (CrashPoint.BEFORE_STEP, CrashPoint.BEFORE_ANSWER)
    reader = _Reader()
    reader.read(inspect.unwrap(step), type(getattr(step, "__self__", None)))
    yield from reader.found


class _Reader:
    """Follows calls from function to function, each once."""

    def __init__(self) -> None:
        self.found: set[CrashPoint] = set()
        self._read: set[object] = set()

    def read(self, function: Any, owner: type | None) -> None:
        """Read a function, and what it calls; `owner` is the class whose `self` it has."""
        function = inspect.unwrap(getattr(function, "__func__", function))
        if function in self._read or not isinstance(function, FunctionType):
            return
        self._read.add(function)
        if function.__code__.co_filename.startswith(
            "<"
        ):  # made by a decorator, as the parts of a dataclass are
            return
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                self._call(node.func, function.__globals__, owner)

    def _call(self, called: ast.expr, names: dict[str, Any], owner: type | None) -> None:
        if isinstance(called, ast.Name):
            self._follow(names.get(called.id))
        elif isinstance(called, ast.Attribute):
            receiver = ast.unparse(called.value)
            self._method(called.attr, receiver, names.get(receiver), owner)

    def _method(self, name: str, receiver: str, known: object, owner: type | None) -> None:
        if isinstance(known, ModuleType):
            self._follow(getattr(known, name, None))
        elif receiver == "self":
            self.read(getattr(owner, name, None), owner)
        elif name == "tenant":
            self.found |= {CrashPoint.BEFORE_COMMIT, CrashPoint.AFTER_COMMIT}
        elif "pilot" in receiver and name in _MODEL_CALLS:
            self.found.add(CrashPoint.AFTER_MODEL)
        elif "provider" in receiver and name in _PSA_CALLS:
            self.read(getattr(ConnectWiseProvider, name), ConnectWiseProvider)
        elif "transport" in receiver and name in _WRITES:
            self.found.add(CrashPoint.AFTER_OUTSIDE_WRITE)

    def _follow(self, target: Any) -> None:
        if not str(getattr(target, "__module__", "")).startswith(FOLLOWED):
            return
        if inspect.isclass(target):
            for _, method in inspect.getmembers(target, inspect.isfunction):
                self.read(method, target)
        else:
            self.read(target, None)
