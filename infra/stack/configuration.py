"""Settings of the embedded stack, and what its children get from them through the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from infra.config import PREFIX, Settings, Switch
from infra.stack.errors import StackError
from infra.stack.ports import LOOPBACK, PortUse
from infra.stack.postgres import EmbeddedPostgres
from infra.stack.secrets_file import StackSecrets
from infra.stack.temporal_server import NAMESPACE

_ANY_ADDRESS = {"0.0.0.0": LOOPBACK, "::": "[::1]"}  # noqa: S104 - translated, not bound


class StackSettings(Settings):
    """The stack is for trying out and developing: by default with demo data and a simulator on loopback."""

    demo: Switch = True
    allow_private_psa: Switch = True

    @property
    def local_url(self) -> str:
        """Where this machine reaches the api, whatever address others use."""
        return f"http://{_ANY_ADDRESS.get(self.host, self.host)}:{self.port}"


@dataclass(frozen=True)
class Backends:
    """What runs elsewhere, because the configuration names it."""

    postgres_elsewhere: bool
    temporal_elsewhere: bool

    @classmethod
    def of(cls, settings: StackSettings, environ: Mapping[str, str]) -> Backends:
        """Raises StackError `database_urls` when only one of the two database URLs is set."""
        if (settings.database_url is None) != (settings.database_admin_url is None):
            raise StackError(
                "database_urls",
                "Set both DATABASE_URL and DATABASE_ADMIN_URL to use a PostgreSQL of your own, or neither.",
            )
        named = any(environ.get(f"TEMPORAL_{name}") for name in ("ADDRESS", "PROFILE", "CONFIG_FILE"))
        return cls(settings.database_url is not None, named)


def ports(settings: StackSettings, backends: Backends) -> list[PortUse]:
    """The ports this stack will listen on."""
    uses = [PortUse("the api and the web client", settings.port, f"{PREFIX}PORT", settings.host)]
    if not backends.postgres_elsewhere:
        uses.append(PortUse("PostgreSQL", settings.postgres_port, f"{PREFIX}POSTGRES_PORT"))
    if not backends.temporal_elsewhere:
        uses.append(PortUse("Temporal", settings.temporal_port, f"{PREFIX}TEMPORAL_PORT"))
        uses.append(PortUse("the Temporal UI", settings.temporal_ui_port, f"{PREFIX}TEMPORAL_UI_PORT"))
    if settings.demo:
        uses.append(PortUse("the ConnectWise simulator", settings.simulator_port, f"{PREFIX}SIMULATOR_PORT"))
    return uses


def demo_password(settings: StackSettings, secrets: StackSecrets) -> str:
    return settings.demo_password.get_secret_value() if settings.demo_password else secrets.demo_password


def children_environment(
    settings: StackSettings, secrets: StackSecrets, backends: Backends, postgres: EmbeddedPostgres
) -> dict[str, str]:
    """Everything the children must agree on; the rest they read from the same environment and `.env` as we
    do.
    """
    env = {
        f"{PREFIX}STATE_DIR": str(settings.state_dir.expanduser().absolute()),
        f"{PREFIX}DEMO": str(int(settings.demo)),
        f"{PREFIX}ALLOW_PRIVATE_PSA": str(int(settings.allow_private_psa)),
    }
    if settings.demo:
        env[f"{PREFIX}DEMO_PASSWORD"] = demo_password(settings, secrets)
    if not settings.secret_keys:
        env[f"{PREFIX}SECRET_KEYS"] = secrets.secret_keys
    if not backends.postgres_elsewhere:
        env["DATABASE_URL"] = postgres.app_url()
        env["DATABASE_ADMIN_URL"] = postgres.admin_url()
    if not backends.temporal_elsewhere:
        env["TEMPORAL_ADDRESS"] = f"{LOOPBACK}:{settings.temporal_port}"
        env["TEMPORAL_NAMESPACE"] = NAMESPACE
        # Keys and profiles meant for another server must not reach ours.
        env["TEMPORAL_CONFIG_FILE"] = os.devnull
        env["TEMPORAL_TLS"] = "false"
        env["TEMPORAL_API_KEY"] = ""
    return env
