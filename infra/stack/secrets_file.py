"""Passwords and keys of one stack: made once, kept in its state folder, readable by its owner only."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import SecretStr

from infra.stack.errors import StackError
from infra.stack.postgres import PostgresPasswords


@dataclass(frozen=True)
class StackSecrets:
    """`secret_keys` is comma-separated, newest first, as `RESOLUTIONFLOW_SECRET_KEYS` takes it."""

    postgres_superuser: str
    postgres_owner: str
    postgres_app: str
    secret_keys: str
    demo_password: str

    @property
    def postgres(self) -> PostgresPasswords:
        return PostgresPasswords(self.postgres_superuser, self.postgres_owner, self.postgres_app)


def new_secret_key() -> str:
    """32 random bytes, URL-safe base64."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def _token() -> str:
    return secrets.token_urlsafe(24)


_MAKERS: dict[str, Callable[[], str]] = {
    "postgres_superuser": _token,
    "postgres_owner": _token,
    "postgres_app": _token,
    "secret_keys": new_secret_key,
    # Typed by hand from the terminal into a login form.
    "demo_password": lambda: "-".join(secrets.token_hex(2) for _ in range(3)),
}


def load_or_make(path: Path, *, existing_state: bool) -> StackSecrets:
    """Reads the file, adds what is missing and keeps it with mode 0600.

    Raises StackError `secrets_missing` when the state exists but the file does not (new keys could not read
    the old data), `secrets_unreadable` when it is damaged.
    """
    try:
        known = json.loads(path.read_text())
        if not (isinstance(known, dict) and all(isinstance(value, str) for value in known.values())):
            raise ValueError("not an object of strings")
    except FileNotFoundError:
        if existing_state:
            raise StackError(
                "secrets_missing",
                f"{path} is gone, and the data beside it cannot be opened without it. "
                "Put it back, or delete the state with `make reset`.",
            ) from None
        known = {}
    except ValueError as error:
        raise StackError(
            "secrets_unreadable",
            f"{path} is damaged ({error}). Put an intact copy back, or delete the state with `make reset`.",
        ) from error
    made = StackSecrets(**{name: known.get(name) or make() for name, make in _MAKERS.items()})
    _write_private(path, json.dumps(asdict(made), indent=2) + "\n")
    return made


def keep_keys(path: Path, keys: Sequence[SecretStr]) -> None:
    """Lets a file that is not there yet begin with these keys instead of a new one."""
    if keys and not path.exists():
        joined = ",".join(key.get_secret_value() for key in keys)
        _write_private(path, json.dumps({"secret_keys": joined}, indent=2) + "\n")


def _write_private(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    with contextlib.suppress(FileNotFoundError):
        new.unlink()
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    new.replace(path)
