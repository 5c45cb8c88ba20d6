"""Messages to a workflow, made from their types alone: one that is added later takes part by itself."""

from __future__ import annotations

import types
from datetime import UTC, datetime
from enum import Enum
from typing import Annotated, Any, Union, get_args, get_origin
from uuid import UUID, uuid4

from pydantic import BaseModel


def make_message(kind: type[BaseModel], **known: Any) -> BaseModel:
    """A message with a value in every field that must have one; `known` are values by name, at any depth."""
    values = {}
    for name, field in kind.model_fields.items():
        if name in known:
            values[name] = known[name]
        elif field.is_required():
            values[name] = _value(field.annotation, known)
    return kind(**values)


def _value(annotation: Any, known: dict[str, Any]) -> Any:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _value(arguments[0], known)
    if origin in (Union, types.UnionType):
        return None if type(None) in arguments else _value(arguments[0], known)
    if origin is list:
        return [_value(arguments[0], known)]
    if origin is dict:
        return {}
    if isinstance(annotation, type):
        if issubclass(annotation, BaseModel):
            return make_message(annotation, **known)
        if issubclass(annotation, Enum):
            return next(iter(annotation))
        simple: dict[type, Any] = {UUID: uuid4(), str: "words", bool: False, int: 1, float: 1.0}
        if annotation in simple:
            return simple[annotation]
        if issubclass(annotation, datetime):
            return datetime.now(UTC)
    if "AwareDatetime" in str(annotation):
        return datetime.now(UTC)
    raise TypeError(f"say here how to make a {annotation}")
