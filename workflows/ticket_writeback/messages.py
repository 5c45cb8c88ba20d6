"""Typed inputs and results of the writeback workflow and of its activities."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, ConfigDict

from domain.vocabulary import WritebackState, WritebackStep

WORKFLOW_TYPE = "TicketWriteback"


def writeback_workflow_id(session_id: UUID, number: int) -> str:
    """The workflow id of a session's n-th writeback."""
    return f"session/{session_id}/writeback/{number}"


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True)


class WritebackInput(_Message):
    """Names the writeback; everything else is in its row. `log_time`: it has a time entry to make."""

    account_id: UUID
    session_id: UUID
    number: int
    log_time: bool = False


class EndWriteback(_Message):
    """How the writeback ended; with an error in the PSA's own words when it did not end well."""

    writeback: WritebackInput
    state: WritebackState
    step: WritebackStep
    error_code: str | None = None
    error_detail: str | None = None
