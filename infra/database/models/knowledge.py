"""What a team knows: flows and script templates."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Computed, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from domain.vocabulary import FlowStatus, ScriptLanguage
from infra.database.models.base import Base, CreatedAt, Identifier, JsonObject, TenantOwned, checked

# Title first, then tags, then what the steps say. array_to_string is only stable, so tags are kept joined as well.
FLOW_SEARCH = (
    "setweight(to_tsvector('english', title), 'A') || "
    "setweight(to_tsvector('english', tags_text), 'B') || "
    "setweight(to_tsvector('english', steps_text), 'D')"
)


class FlowRecord(TenantOwned, Base):
    """A flow of the account; `document` is a `domain.flows.Flow`."""

    __tablename__ = "flows"
    __table_args__ = (Index("ix_flows_search", "search", postgresql_using="gin"),)

    id: Mapped[Identifier]
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(String(100))
    tags: Mapped[list[str]] = mapped_column(ARRAY(String(100)))
    tags_text: Mapped[str] = mapped_column(Text)
    steps_text: Mapped[str] = mapped_column(Text)
    status: Mapped[FlowStatus] = mapped_column(checked(FlowStatus))
    version: Mapped[int] = mapped_column(server_default=text("1"), default=1)
    document: Mapped[JsonObject]
    search: Mapped[str] = mapped_column(TSVECTOR, Computed(FLOW_SEARCH, persisted=True), deferred=True)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]


class ScriptTemplate(TenantOwned, Base):
    """A parameterised script of the library. `parameters_schema`: {parameters: [{key, label, type, required, …}]}."""

    __tablename__ = "script_templates"
    __table_args__ = (UniqueConstraint("account_id", "slug"),)

    id: Mapped[Identifier]
    slug: Mapped[str] = mapped_column(String(220))
    name: Mapped[str] = mapped_column(String(200))
    category: Mapped[str] = mapped_column(String(100))
    language: Mapped[ScriptLanguage] = mapped_column(checked(ScriptLanguage))
    description: Mapped[str] = mapped_column(Text)
    script_body: Mapped[str] = mapped_column(Text)
    parameters_schema: Mapped[JsonObject]
    usage_count: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    version: Mapped[int] = mapped_column(server_default=text("1"), default=1)
    archived_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
