"""Where configuration comes from besides plain variables, and how its mistakes are told."""

from __future__ import annotations

import difflib
import os
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

FILE_SUFFIX = "_FILE"
# Read by the libraries themselves, not by us; secrets among them also come as <NAME>_FILE.
LIBRARY_PREFIXES = ("TEMPORAL_", "AWS_")
LIBRARY_SECRETS = ("TEMPORAL_API_KEY",)


class ConfigurationError(Exception):
    """Configuration that cannot be used.

    `problems` holds one sentence per wrong variable, without secret values.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def environment(env_file: Any) -> dict[str, str]:
    """Non-empty variables of `.env` and the environment; the environment wins. Names as written."""
    stored = dotenv_values(env_file) if isinstance(env_file, str | Path) else {}
    merged = {**stored, **os.environ}
    return {name: value for name, value in merged.items() if value}


def variable_of(kind: type[BaseSettings], name: str) -> str:
    """The variable of a field: its alias, or prefix and name."""
    alias = kind.model_fields[name].validation_alias
    return alias if isinstance(alias, str) else f"{kind.model_config['env_prefix']}{name}".upper()


def is_secret(field: FieldInfo) -> bool:
    def mentions(annotation: Any) -> bool:
        return annotation is SecretStr or any(mentions(part) for part in typing.get_args(annotation))

    return mentions(field.annotation)


def secret_variables(kind: type[BaseSettings]) -> dict[str, str]:
    """Field name to variable, for every setting that holds a secret."""
    return {name: variable_of(kind, name) for name, field in kind.model_fields.items() if is_secret(field)}


class SecretFilesSource(PydanticBaseSettingsSource):
    """`<NAME>_FILE` for every secret: the value is the file's text without surrounding white space."""

    def __init__(self, settings_cls: type[BaseSettings], dotenv: PydanticBaseSettingsSource) -> None:
        super().__init__(settings_cls)
        self._env_file = getattr(dotenv, "env_file", None)

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        variable = variable_of(self.settings_cls, field_name)
        value = read_secret_file(variable, environment(self._env_file)) if is_secret(field) else None
        return value, str(field.validation_alias or field_name), False

    def __call__(self) -> dict[str, Any]:
        found = {}
        for name, field in self.settings_cls.model_fields.items():
            value, key, _ = self.get_field_value(field, name)
            if value is not None:
                found[key] = value
        return found


def read_secret_file(variable: str, given: Mapping[str, str]) -> str | None:
    """The text of the file that `<variable>_FILE` names, None when not set. Raises ConfigurationError."""
    path = given.get(variable + FILE_SUFFIX)
    if path is None:
        return None
    try:
        text = Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigurationError(
            [f"{variable}{FILE_SUFFIX} names {path}, which cannot be read ({reason})."]
        ) from error
    if not text:
        raise ConfigurationError([f"{variable}{FILE_SUFFIX} names {path}, which is empty."])
    return text


def library_variables(given: Mapping[str, str]) -> dict[str, str]:
    """What the SDKs should find in the environment, secrets from files too. Raises ConfigurationError."""
    found = {name: value for name, value in given.items() if name.startswith(LIBRARY_PREFIXES)}
    for variable in LIBRARY_SECRETS:
        if variable not in found and (value := read_secret_file(variable, given)) is not None:
            found[variable] = value
    return found


def unknown_names(kind: type[BaseSettings], given: Mapping[str, str]) -> list[str]:
    """One sentence for each variable with our prefix that no setting has."""
    prefix = str(kind.model_config["env_prefix"])
    known = {variable_of(kind, name) for name in kind.model_fields}
    known |= {variable + FILE_SUFFIX for variable in secret_variables(kind).values()}
    sentences = []
    for name in sorted(given):
        if name.upper().startswith(prefix) and name.upper() not in known:
            close = difflib.get_close_matches(name.upper(), known, n=1)
            hint = f" Did you mean {close[0]}?" if close else ""
            sentences.append(f"{name} is not a setting and has no effect.{hint}")
    return sentences


def explain(kind: type[BaseSettings], error: ValidationError) -> list[str]:
    """One sentence per wrong variable: its name, what it is (unless secret) and what it accepts."""
    by_alias = {str(field.validation_alias): name for name, field in kind.model_fields.items()}
    sentences: dict[str, str] = {}
    for problem in error.errors(include_url=False, include_context=False):
        if not problem["loc"]:
            sentences[problem["msg"]] = problem["msg"].removeprefix("Value error, ") + "."
            continue
        place = str(problem["loc"][0])
        name = place if place in kind.model_fields else by_alias[place]
        field = kind.model_fields[name]
        shown = "" if is_secret(field) else f" is {problem['input']!r}, but"
        sentences[name] = f"{variable_of(kind, name)}{shown} must be {field.description}."
    return list(sentences.values())
