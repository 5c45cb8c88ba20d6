"""How an account puts notes on tickets: what an administrator can set, and what holds while nobody has."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from domain.psa import NoteVisibility
from domain.target_status import ConfiguredStatuses
from domain.vocabulary import ArtifactKind, TimeRounding

BOARDS_LIMIT = 500

BoardId = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,8}$")]
StatusId = Annotated[int, Field(ge=1, le=2_147_483_647)]

_UPDATE_VISIBILITY: Mapping[ArtifactKind, NoteVisibility] = {
    ArtifactKind.UPDATE_INTERNAL: NoteVisibility.INTERNAL,
    ArtifactKind.UPDATE_CLIENT: NoteVisibility.DISCUSSION,
    ArtifactKind.UPDATE_REQUEST_INFO: NoteVisibility.DISCUSSION,
}


class BoardTargets(BaseModel):
    """Status ids of one board; None leaves the ticket's status alone unless the fallback exists there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    resolved: StatusId | None = None
    escalated: StatusId | None = None


class ClosingSettings(BaseModel):
    """The FlowPilot settings of an account. A new account has the defaults."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    auto_post_on_close: bool = True
    auto_time_entry: bool = False
    time_rounding: TimeRounding = TimeRounding.FIFTEEN_MINUTES
    include_diagnostic_steps: bool = True
    prompt_status_on_resolve: bool = False
    prompt_status_on_escalate: bool = False
    resolution_visibility: NoteVisibility = NoteVisibility.RESOLUTION
    escalation_visibility: NoteVisibility = NoteVisibility.INTERNAL
    status_map: Annotated[dict[BoardId, BoardTargets], Field(max_length=BOARDS_LIMIT)] = Field(
        default_factory=dict
    )
    cw_resolved_status_id: StatusId | None = None
    cw_escalated_status_id: StatusId | None = None

    def visibility(self, kind: ArtifactKind) -> NoteVisibility:
        """Where the artifact stands on the ticket. An update stands where its audience says."""
        if kind is ArtifactKind.RESOLUTION_NOTE:
            return self.resolution_visibility
        if kind is ArtifactKind.ESCALATION_PACKAGE:
            return self.escalation_visibility
        return _UPDATE_VISIBILITY[kind]

    def lists_checks(self, kind: ArtifactKind) -> bool:
        """Whether the checks that were run may stand in it. Only the resolution note can leave them out."""
        return self.include_diagnostic_steps or kind is not ArtifactKind.RESOLUTION_NOTE

    def target_statuses(self) -> ConfiguredStatuses:
        """The statuses that tickets are moved to."""
        return ConfiguredStatuses(
            {board: targets.model_dump(exclude_none=True) for board, targets in self.status_map.items()},
            self.cw_resolved_status_id,
            self.cw_escalated_status_id,
        )
