"""Declarative base: named constraints, aware timestamps, checked enums, no implicit loads."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID, uuid4

from sqlalchemy import DateTime, Enum, ForeignKey, MetaData, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

JsonObject = dict[str, Any]

Identifier = Annotated[UUID, mapped_column(PgUUID(as_uuid=True), primary_key=True, default=uuid4)]
CreatedAt = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())]


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as a class attribute
        JsonObject: JSONB,
        datetime: DateTime(timezone=True),
        UUID: PgUUID(as_uuid=True),
    }


class TenantOwned:
    """A row that belongs to one account. A migration must force row level security on its table."""

    @declared_attr
    def account_id(cls) -> Mapped[UUID]:
        return mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)


class SessionOwned(TenantOwned):
    """A row that belongs to one troubleshooting session."""

    @declared_attr
    def session_id(cls) -> Mapped[UUID]:
        return mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), index=True)


def checked(words: type[StrEnum], name: str | None = None) -> Enum:
    """A text column that holds only the values of `words`, checked by a constraint called `name`."""
    return Enum(
        words,
        native_enum=False,
        create_constraint=True,
        length=40,
        name=name or words.__name__.lower(),
        values_callable=lambda enum: [member.value for member in enum],
        validate_strings=True,
    )
