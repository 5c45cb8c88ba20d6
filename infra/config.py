"""Configuration: everything from the environment or `.env`, checked once at start."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from typing_extensions import Annotated

PREFIX = "RESOLUTIONFLOW_"
NOT_SETTINGS = {"RESOLUTIONFLOW_TEMPORAL_CLI"}


class Settings(BaseSettings):
    """All settings of api, worker, simulators and the embedded stack. Names: see `.env.example`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", extra="ignore", populate_by_name=True, env_ignore_empty=True
    )

    env: Literal["development", "production"] = "development"
    state_dir: Path = Path(".state")
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65535)
    postgres_port: int = Field(5433, ge=1, le=65535)
    temporal_port: int = Field(7233, ge=1, le=65535)
    temporal_ui_port: int = Field(8233, ge=1, le=65535)
    simulator_port: int = Field(8900, ge=1, le=65535)
    base_url: str | None = None
    demo: bool = False
    demo_password: SecretStr | None = None

    database_url: SecretStr | None = Field(None, validation_alias="DATABASE_URL")
    database_admin_url: SecretStr | None = Field(None, validation_alias="DATABASE_ADMIN_URL")

    anthropic_api_key: SecretStr | None = Field(None, validation_alias="ANTHROPIC_API_KEY")
    anthropic_base_url: str | None = Field(None, validation_alias="ANTHROPIC_BASE_URL")
    pilot: Literal["auto", "anthropic", "gemini", "playbook"] = "auto"

    secret_keys: Annotated[list[SecretStr], NoDecode] = Field(default_factory=list)
    allow_private_psa: bool = False
    registration: Literal["open", "invite", "closed"] = "invite"
    inactivity_minutes: float = Field(480, gt=0)
    linger_minutes: float = Field(4320, gt=0)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    web_dist: Path = Path("web/dist")

    @field_validator("secret_keys", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @property
    def public_url(self) -> str:
        """Base of links in notes, CORS and cookies; no trailing slash."""
        return (self.base_url or f"http://127.0.0.1:{self.port}").rstrip("/")
