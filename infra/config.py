"""Configuration: everything from the environment or `.env`, checked once at start.

A field's description says what its variable accepts; error messages and `.env.example` are held to it.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import os
import sys
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar, overload
from urllib.parse import urlsplit

from pydantic import (
    EmailStr,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from infra.config_sources import (
    ConfigurationError,
    SecretFilesSource,
    environment,
    explain,
    library_variables,
    unknown_names,
)
from infra.passwords import LONGEST, SHORTEST
from infra.pilots.actions import ModelAction
from infra.production import unsafe_in_production

PREFIX = "RESOLUTIONFLOW_"
ENV_FILE = ".env"

Port = Annotated[int, Field(ge=1, le=65535, description="a port number from 1 to 65535")]
Minutes = Annotated[float, Field(gt=0, allow_inf_nan=False, description="minutes, a number greater than 0")]
RateText = Annotated[
    str,
    Field(
        pattern=r"^[1-9]\d{0,5}/(second|minute|hour|day)$",
        description="how many in which time, such as 30/minute; the times are second, minute, hour and day",
    ),
]
Switch = Annotated[bool, Field(description="1 or 0")]
SettingsT = TypeVar("SettingsT", bound="Settings")
_URL = "a URL that begins with http:// or https://"
_DATABASE_URL = "a URL that begins with postgresql+asyncpg://"


class Settings(BaseSettings):
    """All settings of api, worker, simulators and the embedded stack. Names: see `.env.example`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=ENV_FILE, extra="ignore", populate_by_name=True, env_ignore_empty=True
    )

    env: Literal["development", "production"] = Field("development", description="development or production")
    state_dir: Path = Field(Path(".state"), description="a folder")
    host: str = Field("127.0.0.1", min_length=1, description="an address of this machine to listen on")
    port: Port = 8000
    postgres_port: Port = 5433
    temporal_port: Port = 7233
    temporal_ui_port: Port = 8233
    simulator_port: Port = 8900
    temporal_cli: Path | None = Field(None, description="the Temporal CLI, a program of version 1.8.x")
    temporal_ui_url: str | None = Field(
        None, pattern=r"^https?://[^\s/]+/?$", description=f"{_URL} and has no path"
    )
    base_url: str | None = Field(None, pattern=r"^https?://[^\s/]+\S*$", description=_URL)
    demo: Switch = False
    demo_password: SecretStr | None = Field(
        None, min_length=12, description="a password of at least 12 characters"
    )

    database_url: SecretStr | None = Field(None, validation_alias="DATABASE_URL", description=_DATABASE_URL)
    database_admin_url: SecretStr | None = Field(
        None, validation_alias="DATABASE_ADMIN_URL", description=_DATABASE_URL
    )

    anthropic_api_key: SecretStr | None = Field(
        None, validation_alias="ANTHROPIC_API_KEY", description="an API key"
    )
    anthropic_base_url: str | None = Field(
        None, validation_alias="ANTHROPIC_BASE_URL", pattern=r"^https?://\S+$", description=_URL
    )
    gemini_api_key: SecretStr | None = Field(
        None, validation_alias="GEMINI_API_KEY", description="an API key"
    )
    gemini_base_url: str | None = Field(
        None, validation_alias="GEMINI_BASE_URL", pattern=r"^https?://\S+$", description=_URL
    )
    pilot: Literal["auto", "anthropic", "gemini", "playbook"] = Field(
        "auto", description="auto, anthropic, gemini or playbook"
    )
    model_standard: str | None = Field(None, pattern=r"^\S+$", description="the name of a model")
    model_fast: str | None = Field(None, pattern=r"^\S+$", description="the name of a model")
    models: Annotated[dict[ModelAction, str], NoDecode] = Field(
        default_factory=dict,
        description=f"comma-separated action=model pairs, with the actions {', '.join(ModelAction)}",
    )
    mcp_learn: Switch = False

    secret_keys: Annotated[list[SecretStr], NoDecode] = Field(
        default_factory=list,
        description="comma-separated keys, newest first, each 32 bytes in URL-safe base64",
    )
    allow_private_psa: Switch = False
    limit_wrong_per_address: RateText = "60/hour"
    limit_wrong_passwords: RateText = "30/hour"
    limit_wrong_codes: RateText = "20/day"
    limit_refreshes: RateText = "120/minute"
    limit_registrations: RateText = "20/hour"
    limit_uploads: RateText = "120/minute"
    limit_turns: RateText = "120/minute"
    trusted_proxies: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="comma-separated addresses or networks of proxies, such as 10.0.0.7 or 172.16.0.0/12",
    )
    accepted_risks: Annotated[list[Literal["plain_http", "private_psa", "open_registration"]], NoDecode] = (
        Field(
            default_factory=list,
            description="comma-separated words out of plain_http, private_psa and open_registration",
        )
    )
    registration: Literal["open", "invite", "closed"] = Field("invite", description="open, invite or closed")
    init_account: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)] | None = Field(
        None, max_length=200, description="a name of 1 to 200 characters"
    )
    # What sign-in does not take for an address is refused here: nobody could ever use the account.
    init_email: EmailStr | None = Field(
        None,
        max_length=320,
        description="an e-mail address, and not under .local, .test or another special name",
    )
    init_password: SecretStr | None = Field(
        None,
        min_length=SHORTEST,
        max_length=LONGEST,
        description=f"a password of {SHORTEST} to {LONGEST} characters",
    )

    s3_endpoint_url: str | None = Field(
        None, validation_alias="S3_ENDPOINT_URL", pattern=r"^https?://\S+$", description=_URL
    )
    s3_bucket: str | None = Field(
        None,
        validation_alias="S3_BUCKET",
        pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
        description="a bucket name of 3 to 63 lower-case letters, digits, dots and hyphens",
    )
    aws_region: str | None = Field(None, validation_alias="AWS_REGION", description="a region")
    aws_access_key_id: str | None = Field(
        None, validation_alias="AWS_ACCESS_KEY_ID", description="an access key id"
    )
    aws_secret_access_key: SecretStr | None = Field(
        None, validation_alias="AWS_SECRET_ACCESS_KEY", description="a secret access key"
    )

    smtp_url: SecretStr | None = Field(
        None, validation_alias="SMTP_URL", description="a URL that begins with smtp:// or smtps://"
    )
    mail_from: str | None = Field(None, pattern=r"^[^@\r\n]+@[^@\s]+$", description="an e-mail address")

    worker_build: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$",
        description="the name of a build: up to 100 letters, digits, dots, hyphens and underscores",
    )
    inactivity_minutes: Minutes = 480
    linger_minutes: Minutes = 4320
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="debug, info, warning or error"
    )
    web_dist: Path = Field(Path("web/dist"), description="a folder")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, dotenv_settings, SecretFilesSource(settings_cls, dotenv_settings)

    @field_validator("secret_keys", "trusted_proxies", "accepted_risks", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return (
            [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
        )

    @field_validator("models", mode="before")
    @classmethod
    def _are_models(cls, value: object) -> object:
        return _model_pairs(value) if isinstance(value, str) else value

    @field_validator("secret_keys")
    @classmethod
    def _are_keys(cls, keys: list[SecretStr]) -> list[SecretStr]:
        for key in keys:
            try:
                length = len(base64.b64decode(key.get_secret_value(), altchars=b"-_", validate=True))
            except (binascii.Error, ValueError):
                length = 0
            if length != 32:
                raise ValueError("a key is not 32 bytes in URL-safe base64")
        return keys

    @field_validator("init_password")
    @classmethod
    def _is_text(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            value.get_secret_value().encode()  # bytes of a variable that are no UTF-8 are no password either
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, networks: list[str]) -> list[str]:
        for network in networks:
            # A proxy that is "any address" is everybody: whoever sends the header could be whoever they want.
            if ipaddress.ip_network(network).prefixlen == 0:
                raise ValueError("the network is the whole internet")
        return networks

    @field_validator("database_url", "database_admin_url")
    @classmethod
    def _is_asyncpg(cls, value: SecretStr | None) -> SecretStr | None:
        return _begins(value, "postgresql+asyncpg://")

    @field_validator("smtp_url")
    @classmethod
    def _is_smtp(cls, value: SecretStr | None) -> SecretStr | None:
        return _begins(value, "smtp://", "smtps://")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if problems := self._contradictions():
            raise ValueError("; ".join(problems))
        return self

    def _contradictions(self) -> list[str]:
        found = unsafe_in_production(self) if self.env == "production" else []
        if self.pilot == "anthropic" and self.anthropic_api_key is None:
            found.append("ANTHROPIC_API_KEY must be set when RESOLUTIONFLOW_PILOT is anthropic")
        if self.pilot == "gemini" and self.gemini_api_key is None:
            found.append("GEMINI_API_KEY must be set when RESOLUTIONFLOW_PILOT is gemini")
        first = {"ACCOUNT": self.init_account, "EMAIL": self.init_email, "PASSWORD": self.init_password}
        missing = [f"{PREFIX}INIT_{name}" for name, value in first.items() if value is None]
        if 0 < len(missing) < len(first):
            names = ", ".join(f"{PREFIX}INIT_{name}" for name in first)
            found.append(
                f"{names} must be set together, and {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not"
            )
        return found

    @property
    def public_url(self) -> str:
        """Base of links in notes, CORS and cookies; no trailing slash."""
        return (self.base_url or f"http://127.0.0.1:{self.port}").rstrip("/")

    @property
    def temporal_ui_origin(self) -> str:
        """Where people open Temporal's UI; the one origin that may have payloads decoded from a browser."""
        if self.temporal_ui_url is not None:
            return self.temporal_ui_url.rstrip("/")
        # A browser takes `localhost` and `127.0.0.1` for two sites, and a cookie stays on its own.
        host = "localhost" if urlsplit(self.public_url).hostname == "localhost" else "127.0.0.1"
        return f"http://{host}:{self.temporal_ui_port}"

    @property
    def codec_endpoint(self) -> str:
        """What Temporal's UI and command line are told, so that they have payloads decoded."""
        return f"{self.public_url}/api/v1/temporal/codec"


def _model_pairs(value: str) -> dict[str, str]:
    """`action=model, …` as a mapping. Raises ValueError for anything that is not such a pair, or comes twice."""
    pairs: dict[str, str] = {}
    for part in value.split(","):
        action, _, model = (piece.strip() for piece in part.partition("="))
        if action not in set(ModelAction) or action in pairs or not model or len(model.split()) > 1:
            raise ValueError("not an action and its model")
        pairs[action] = model
    return pairs


def _begins(value: SecretStr | None, *schemes: str) -> SecretStr | None:
    if value is not None and not value.get_secret_value().startswith(schemes):
        raise ValueError("the URL begins otherwise")
    return value


def read_settings(kind: type[SettingsT]) -> SettingsT:
    """Settings from the environment and `.env`.

    Raises ConfigurationError with one sentence per wrong variable.
    """
    try:
        return kind()
    except ValidationError as error:
        raise ConfigurationError(explain(kind, error)) from None  # its own text would show secret values


@overload
def load_settings() -> Settings: ...
@overload
def load_settings(kind: type[SettingsT]) -> SettingsT: ...
def load_settings(kind: type[Settings] = Settings) -> Settings:
    """Settings for a process: prints what is wrong and exits with code 2, warns about names it does not know.

    Variables that the libraries read by themselves (`TEMPORAL_*`, `AWS_*`) are taken over from `.env` as
    well.
    """
    given = environment(kind.model_config.get("env_file"))
    for warning in unknown_names(kind, given):
        sys.stderr.write(f"warning: {warning}\n")
    try:
        settings = read_settings(kind)
        os.environ.update(library_variables(given))
    except ConfigurationError as error:
        for problem in error.problems:
            sys.stderr.write(f"configuration: {problem}\n")
        sys.exit(2)
    return settings
