"""`python -m infra.backup`: what the environment names is backed up and restored, and exit codes tell how it went."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import SecretStr

from infra.backup.__main__ import backup, installation_of, restore
from infra.backup.asking import confirm
from infra.backup.errors import BackupError
from infra.backup.installation import Installation
from infra.config import Settings
from infra.storage.factory import build_storage
from tests.backup.conftest import NEW_KEY, OLD_KEY, Filled
from tests.backup.test_archives import fetch


def settings_for(installation: Installation, state: Path) -> Settings:
    return Settings(
        _env_file=None,
        database_url=SecretStr(installation.app_url),
        database_admin_url=SecretStr(installation.admin_url),
        secret_keys=[NEW_KEY, OLD_KEY],
        state_dir=state,
    )


async def test_the_command_backs_up_and_restores_what_the_environment_names(
    filled: Filled, empty: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = settings_for(filled.installation, tmp_path / "a"), settings_for(empty, tmp_path / "b")
    archive = tmp_path / "backup.tar"
    assert await backup(source, archive) == 3
    assert filled.file_key in capsys.readouterr().out, "the file that is missing is named"
    files = build_storage(source)
    await files.put(filled.file_key, b"the file", "text/plain")
    archive = tmp_path / "whole.tar"
    assert await backup(source, archive) == 0
    await restore(target, archive, sure=False)
    shown = capsys.readouterr().out
    assert "Restored" in shown
    assert OLD_KEY.get_secret_value() not in shown
    assert await build_storage(target).get(filled.file_key) == b"the file"
    assert await fetch(empty.admin_url, "SELECT title FROM sessions") == ["Printer"]


async def test_without_database_urls_it_says_which_command_is_meant() -> None:
    with pytest.raises(BackupError, match="make backup"):
        installation_of(Settings(_env_file=None, secret_keys=[NEW_KEY]))


def test_nobody_at_the_terminal_is_a_no(monkeypatch: pytest.MonkeyPatch) -> None:
    with open(os.devnull) as nobody:  # noqa: PTH123
        monkeypatch.setattr("sys.stdin", nobody)
        assert not confirm("Everything is lost.")
        assert confirm("Everything is lost.", sure=True)
