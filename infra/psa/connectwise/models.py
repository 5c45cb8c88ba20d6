"""What is read of ConnectWise's records. Models drift by version: missing and unknown keys are fine."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel


def _moment(value: Any) -> datetime | None:
    """An aware time, or None for what cannot be read: a strange date must not hide a ticket."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Moment = Annotated[datetime | None, BeforeValidator(_moment)]


class _Raw(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True)


class Reference(_Raw):
    id: int | None = None
    name: str | None = None
    identifier: str | None = None


class Info(_Raw):
    date_entered: Moment = None
    last_updated: Moment = None


class RawTicket(_Raw):
    id: int
    summary: str | None = None
    company: Reference | None = None
    contact: Reference | None = None
    contact_name: str | None = None
    board: Reference | None = None
    status: Reference | None = None
    priority: Reference | None = None
    owner: Reference | None = None
    type: Reference | None = None
    resources: str | None = None
    required_date: Moment = None
    is_in_sla: bool | None = None
    closed_flag: bool | None = None
    external_x_ref: str | None = None
    info: Info = Field(default_factory=Info, alias="_info")


class RawNote(_Raw):
    id: int
    text: str | None = None
    member: Reference | None = None
    contact: Reference | None = None
    created_by: str | None = None
    date_created: Moment = None
    detail_description_flag: bool | None = None
    internal_analysis_flag: bool | None = None
    resolution_flag: bool | None = None


class RawConfigurationLink(_Raw):
    """What a ticket shows of a configuration; everything else is in the configuration itself."""

    id: int
    device_identifier: str | None = None


class RawConfiguration(_Raw):
    id: int
    name: str | None = None
    type: Reference | None = None
    model_number: str | None = None
    os_type: str | None = None
    os_info: str | None = None
    ip_address: str | None = None
    last_login_name: str | None = None


class RawTimeEntry(_Raw):
    id: int
    member: Reference | None = None
    actual_hours: float | None = None
    time_start: Moment = None
    time_end: Moment = None
    notes: str | None = None
    internal_notes: str | None = None
    date_entered: Moment = None
    info: Info = Field(default_factory=Info, alias="_info")


class RawBoard(_Raw):
    id: int
    name: str
    inactive_flag: bool | None = None


class RawStatus(_Raw):
    """Here the vendor says closedStatus and inactive; its other records say closedFlag and inactiveFlag."""

    id: int
    name: str
    sort_order: int | None = None
    inactive: bool | None = None
    closed_status: bool | None = None
    default_flag: bool | None = None


class RawMember(_Raw):
    id: int
    identifier: str
    first_name: str | None = None
    last_name: str | None = None
    license_class: str | None = None
    inactive_flag: bool | None = None
    primary_email: str | None = None
    office_email: str | None = None


class RawCompany(_Raw):
    id: int
    identifier: str
    name: str


class RawSystemInfo(_Raw):
    version: str
    is_cloud: bool | None = None
