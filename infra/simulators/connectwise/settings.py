"""How this simulated tenant behaves where real ones differ. Changed through the control API while it runs."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class RequiredOnClose(BaseModel):
    """A tenant rule: closing needs this field (`resolution` = a resolution note, `time` = a time entry)."""

    model_config = ConfigDict(extra="forbid")

    field: str
    message: str | None = None


class SimulatorSettings(BaseModel):
    """All switches, by their camelCase names in the control API."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")

    codebase: str = Field(default="v2025_1/", pattern=r"^v\d+_\d+(_release)?/$")
    cloud: bool = True
    cloud_flag_as_text: bool = True
    site_url: str | None = None
    """What companyinfo names as the API host; None = the host the request came to."""
    auth_failure_status: Literal[401, 404] = 401
    key_revoked: bool = False
    """The key is not accepted any more, as an administrator of the PSA can have it."""
    missing_client_id_status: Literal[400, 401, 403] = 403
    requests_per_minute: int | None = None
    """More requests than this within a minute are answered 429."""
    retry_after_seconds: int = 30
    nested_path_patch: Literal["apply", "ignore"] = "ignore"
    note_touches_ticket: bool = True
    has_all_notes: bool = True
    strict_dates: bool = True
    """Refuse dates with an offset or fractions of a second."""
    can_close_tickets: bool = True
    default_board: int | None = 1
    """Board of tickets created without one, as the API member is set up; None = they are refused."""
    default_work_role_fits: bool = True
    """False: the default work role is not valid at the location, so time needs a work role of its own."""
    hours_rounded_to: float | None = Field(default=None, gt=0)
    """An agreement rounds the hours of a time entry up to this step."""
    denied: list[str] = Field(default_factory=list)
    """Missing rights as `METHOD /path-prefix` under the API root, for instance `GET /system/members`."""
    invisible_tickets: list[int] = Field(default_factory=list)
    invisible_status: Literal[403, 404] = 404
    required_on_close: list[RequiredOnClose] = Field(default_factory=list)
