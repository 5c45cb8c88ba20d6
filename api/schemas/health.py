"""Answers of the health routes."""

from typing import Literal

from pydantic import BaseModel


class Health(BaseModel):
    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """`down` names what is away and why; empty when everything is there."""

    status: Literal["ready", "not_ready"]
    down: dict[str, str]
