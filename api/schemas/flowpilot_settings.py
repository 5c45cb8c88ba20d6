"""The FlowPilot settings of an account."""

from __future__ import annotations

from pydantic import ConfigDict, Field

from api.schemas.common import Body
from domain.closing_settings import ClosingSettings


class FlowpilotSettingsAnswer(ClosingSettings):
    """How the account puts notes on tickets. `status_map`: {board id: {resolved, escalated}} with status ids.

    `cw_resolved_status_id` and `cw_escalated_status_id` count where they exist on the ticket's board and the map
    names none.
    """

    is_default: bool = Field(False, description="Nobody has set anything yet.")


class FlowpilotSettingsBody(ClosingSettings, Body):
    """All settings at once; what is left out gets its default again."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    is_default: bool = Field(
        False, description="Taken so that what was read can be sent back; it changes nothing."
    )
