"""The command for the first account, where there is nothing to make or nowhere to make it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.first_account import main
from infra.stack.ports import free_port

PASSWORD = "first of all passwords"


@pytest.fixture(autouse=True)
def only_these_variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """An installation whose database is away, and no `.env` of the clone."""
    before = dict(os.environ)
    for name in before:
        if name.startswith(("RESOLUTIONFLOW_", "DATABASE_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    url = f"postgresql+asyncpg://nobody:nothing@127.0.0.1:{free_port()}/nowhere"
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("DATABASE_ADMIN_URL", url)
    monkeypatch.setenv("RESOLUTIONFLOW_INIT_ACCOUNT", "Northwind IT")
    monkeypatch.setenv("RESOLUTIONFLOW_INIT_EMAIL", "owner@northwind.example")
    monkeypatch.setenv("RESOLUTIONFLOW_INIT_PASSWORD", PASSWORD)
    yield
    os.environ.clear()
    os.environ.update(before)


def said(capsys: pytest.CaptureFixture[str]) -> tuple[object, str]:
    """Exit code or last word, and what was written before."""
    with pytest.raises(SystemExit) as ended:
        main()
    written = capsys.readouterr()
    assert PASSWORD not in f"{ended.value} {written.out} {written.err}"
    return ended.value.code, written.err


def test_without_its_settings_it_names_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [f"RESOLUTIONFLOW_INIT_{part}" for part in ("ACCOUNT", "EMAIL", "PASSWORD")]
    for name in names:
        monkeypatch.delenv(name)
    last, _ = said(capsys)
    assert all(name in str(last) for name in names)


def test_with_some_of_its_settings_it_names_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("RESOLUTIONFLOW_INIT_EMAIL")
    code, errors = said(capsys)
    assert code == 2
    assert "must be set together, and RESOLUTIONFLOW_INIT_EMAIL is not." in errors


def test_without_a_database_url_it_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DATABASE_ADMIN_URL")
    code, errors = said(capsys)
    assert code == 2
    assert errors.startswith("configuration: DATABASE_ADMIN_URL must be set")


def test_a_database_that_is_away_is_called_by_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    last, _ = said(capsys)
    assert str(last).startswith("database_unavailable: ")
