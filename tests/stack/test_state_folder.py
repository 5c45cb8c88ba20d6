"""The state folder belongs to one stack at a time, keeps its secrets, and is deleted only when it is one."""

import json
from pathlib import Path

import pytest

from infra.stack.errors import StackError
from infra.stack.layout import StateFolder
from infra.stack.secrets_file import load_or_make


@pytest.fixture
def state(tmp_path: Path) -> StateFolder:
    state = StateFolder.at(tmp_path / "state")
    state.prepare()
    return state


def test_secrets_are_made_once_and_readable_by_their_owner_only(state: StateFolder) -> None:
    first = load_or_make(state.secrets, existing_state=False)
    assert state.secrets.stat().st_mode & 0o777 == 0o600
    assert load_or_make(state.secrets, existing_state=True) == first
    values = json.loads(state.secrets.read_text()).values()
    assert len(set(values)) == len(values) == 5
    assert all(len(value) >= 12 for value in values)


def test_a_secret_that_a_newer_version_needs_is_added(state: StateFolder) -> None:
    state.secrets.write_text(json.dumps({"postgres_app": "kept"}))
    secrets = load_or_make(state.secrets, existing_state=True)
    assert secrets.postgres_app == "kept"
    assert len(secrets.demo_password) >= 12


def test_lost_secrets_are_not_replaced_while_there_is_data(state: StateFolder) -> None:
    with pytest.raises(StackError, match="Put it back") as caught:
        load_or_make(state.secrets, existing_state=True)
    assert caught.value.code == "secrets_missing"
    assert not state.secrets.exists()


@pytest.mark.parametrize("content", ["{", "[]", '{"postgres_app": 3}'])
def test_damaged_secrets_are_told_and_left_alone(state: StateFolder, content: str) -> None:
    state.secrets.write_text(content)
    with pytest.raises(StackError) as caught:
        load_or_make(state.secrets, existing_state=True)
    assert caught.value.code == "secrets_unreadable"
    assert state.secrets.read_text() == content


def test_a_second_stack_on_the_same_folder_is_refused(state: StateFolder) -> None:
    with state.locked():
        with (
            pytest.raises(StackError, match="set RESOLUTIONFLOW_STATE_DIR and the ports") as caught,
            state.locked(),
        ):
            pass
        assert caught.value.code == "state_dir_in_use"
    with state.locked():
        pass


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StackError, match="RESOLUTIONFLOW_STATE_DIR") as caught:
        StateFolder.at(tmp_path / "file").prepare()
    assert caught.value.code == "state_dir_unusable"


def test_a_stacks_folder_is_deleted_whole(state: StateFolder) -> None:
    state.delete()
    assert not state.root.exists()


def test_a_folder_of_something_else_is_never_deleted(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    (tmp_path / "README").write_text("my thesis")
    with pytest.raises(StackError) as caught:
        StateFolder.at(tmp_path).delete()
    assert caught.value.code == "state_dir_foreign"
    assert (tmp_path / "thesis.txt").exists()
