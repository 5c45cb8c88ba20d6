"""Where the playbook stands in a session, between its turns."""

from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field, JsonValue, ValidationError


class PlaybookState(BaseModel):
    """`node_id` is the node whose question, checks or solution the last reply put before the engineer."""

    flow_id: UUID | None = None
    node_id: str | None = None
    misses: int = 0
    tried_flow_ids: list[UUID] = Field(default_factory=list)
    asked_for_description: bool = False

    @classmethod
    def load(cls, stored: dict[str, JsonValue] | None) -> Self:
        """What was stored; a fresh start when there is nothing, or nothing that can be read."""
        try:
            return cls.model_validate(stored or {})
        except ValidationError:
            return cls()

    def leave_flow(self) -> None:
        """The flow has nothing more to give in this session."""
        if self.flow_id is not None and self.flow_id not in self.tried_flow_ids:
            self.tried_flow_ids.append(self.flow_id)
        self.flow_id = self.node_id = None
        self.misses = 0

    def go_to(self, node_id: str) -> None:
        self.node_id = node_id
        self.misses = 0

    def dump(self) -> dict[str, JsonValue]:
        dumped: dict[str, JsonValue] = self.model_dump(mode="json")
        return dumped
