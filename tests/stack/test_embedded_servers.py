"""The real servers of the embedded stack: PostgreSQL with its two roles, Temporal with its search attributes."""

import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import psutil
import pytest
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client

from infra.database.row_security import APP_ROLE
from infra.stack.errors import StackError
from infra.stack.ports import free_port
from infra.stack.postgres import OWNER_ROLE, EmbeddedPostgres, PostgresPasswords
from infra.stack.process import describe_exit
from infra.stack.temporal_binary import find_temporal
from infra.stack.temporal_server import SEARCH_ATTRIBUTES, EmbeddedTemporal

PASSWORDS = PostgresPasswords(superuser="super'secret", owner="owner-secret", app="app-secret")


def postgres_in(folder: Path, passwords: PostgresPasswords = PASSWORDS) -> EmbeddedPostgres:
    return EmbeddedPostgres(folder, free_port(), passwords, log_path=folder / "postgres.log", durable=False)


@pytest.fixture(scope="module")
async def postgres(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedPostgres]:
    server = postgres_in(tmp_path_factory.mktemp("postgres"))
    await server.start()
    yield server
    await server.stop()


async def connect(url: str) -> "asyncpg.Connection[asyncpg.Record]":
    return await asyncpg.connect(url.replace("+asyncpg", ""))


async def test_neither_role_is_a_superuser_and_only_the_owner_bypasses_row_security(
    postgres: EmbeddedPostgres,
) -> None:
    for url, name, bypasses in (
        (postgres.admin_url(), OWNER_ROLE, True),
        (postgres.app_url(), APP_ROLE, False),
    ):
        connection = await connect(url)
        rights = "rolname, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls"
        row = await connection.fetchrow(f"SELECT {rights} FROM pg_roles WHERE rolname = current_user")  # noqa: S608
        await connection.close()
        assert row is not None
        assert tuple(row) == (name, False, False, False, bypasses)


async def test_the_app_role_makes_no_tables_and_reads_none_that_it_was_not_granted(
    postgres: EmbeddedPostgres,
) -> None:
    await postgres.create_database("rights")
    owner, app = await connect(postgres.admin_url("rights")), await connect(postgres.app_url("rights"))
    await owner.execute("CREATE TABLE notes (text text)")
    for statement in ("SELECT * FROM notes", "CREATE TABLE mine (id int)", "DROP TABLE notes"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute(statement)
    await owner.execute(f"GRANT SELECT, INSERT ON notes TO {APP_ROLE}")
    assert await app.fetchval("INSERT INTO notes VALUES ('seen') RETURNING text") == "seen"
    await app.close()
    await postgres.drop_database("rights")  # with the owner still connected
    await owner.close()


async def test_letters_outside_ascii_change_case(postgres: EmbeddedPostgres) -> None:
    connection = await postgres.connect()
    assert await connection.fetchval("SELECT lower('ÄÖÜ É')") == "äöü é"
    assert int(await connection.fetchval("SHOW max_connections")) >= 200
    await connection.close()


async def test_a_name_that_is_no_plain_identifier_is_refused(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(ValueError, match="not a database name"):
        await postgres.create_database('x"; DROP DATABASE resolutionflow; --')


async def test_the_server_does_not_run_as_root_and_wants_a_password(postgres: EmbeddedPostgres) -> None:
    assert psutil.Process(postgres.pid).uids().effective != 0
    with pytest.raises(asyncpg.InvalidPasswordError):
        await connect(postgres.app_url().replace("app-secret", "guessed"))


async def test_data_survives_stop_kill_and_start(tmp_path: Path) -> None:
    server = postgres_in(tmp_path)
    await server.start()
    connection = await connect(server.admin_url())
    await connection.execute("CREATE TABLE kept (value text)")
    await connection.execute("INSERT INTO kept VALUES ('still here')")
    await connection.close()
    await server.stop()
    await server.start()
    os.kill(server.pid, signal.SIGKILL)
    await server.stop()
    again = EmbeddedPostgres(server.folder, free_port(), PASSWORDS, log_path=server.log_path, durable=False)
    await again.start()
    connection = await connect(again.admin_url())
    assert await connection.fetchval("SELECT value FROM kept") == "still here"
    await connection.close()
    await again.stop()


async def test_a_first_start_that_was_cut_off_is_begun_anew(tmp_path: Path) -> None:
    server = postgres_in(tmp_path)
    (tmp_path / "data.unfinished").mkdir()
    (tmp_path / "data.unfinished" / "PG_VERSION").write_text("18\n")
    await server.start()
    await server.stop()
    assert not (tmp_path / "data.unfinished").exists()


async def test_other_passwords_than_the_datas_own_are_told(tmp_path: Path) -> None:
    server = postgres_in(tmp_path)
    await server.start()
    await server.stop()
    with pytest.raises(StackError, match=r"Put the old secrets\.json back") as caught:
        await postgres_in(tmp_path, replace(PASSWORDS, superuser="other")).start()
    assert caught.value.code == "postgres_password"


async def test_no_password_is_in_the_log(postgres: EmbeddedPostgres) -> None:
    log = postgres.log_path.read_text()
    assert "ready to accept connections" in log
    assert not any(password in log for password in ("super'secret", "owner-secret", "app-secret"))


async def test_temporal_keeps_workflows_and_knows_the_search_attributes(tmp_path: Path) -> None:
    program = await find_temporal(print)
    server = EmbeddedTemporal(
        program, tmp_path, free_port(), ui_port=None, log_path=tmp_path / "temporal.log"
    )
    await server.start()
    client = await Client.connect(server.address)
    listed = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace="default")
    )
    assert set(SEARCH_ATTRIBUTES) <= listed.custom_attributes.keys()
    await client.start_workflow("Kept", id="kept", task_queue="nobody")
    await server.stop()
    await server.start()
    client = await Client.connect(server.address)
    assert (await client.get_workflow_handle("kept").describe()).workflow_type == "Kept"
    await server.stop()


async def test_temporal_runs_with_the_measured_settings(tmp_path: Path) -> None:
    program = await find_temporal(print)
    server = EmbeddedTemporal(program, tmp_path, 7233, ui_port=8233, log_path=tmp_path / "temporal.log")
    command = " ".join(server.spec().command)
    for option in (
        "--sqlite-pragma journal_mode=WAL",
        "--sqlite-pragma synchronous=NORMAL",
        "--dynamic-config-value history.transferProcessorMaxPollRPS=2000",
        "--dynamic-config-value history.timerProcessorMaxPollRPS=2000",
        f"--db-filename {tmp_path / 'temporal.db'}",
        "--ui-port 8233",
    ):
        assert option in command


async def test_temporal_data_of_another_server_version_is_put_aside(tmp_path: Path) -> None:
    program = await find_temporal(print)
    server = EmbeddedTemporal(program, tmp_path, 7233, ui_port=None, log_path=tmp_path / "temporal.log")
    server.prepare()
    server.database.write_text("new")
    assert server.prepare() is None
    older = EmbeddedTemporal(
        replace(program, server="1.30.0"), tmp_path, 7233, ui_port=None, log_path=server.log_path
    )
    assert older.prepare() == f"data of server {program.server} put aside for server 1.30.0"
    assert not server.database.exists()
    assert (tmp_path / f"old-{program.server}-temporal.db").read_text() == "new"


def test_a_killed_server_is_described() -> None:
    assert describe_exit(-signal.SIGQUIT) == "was ended by SIGQUIT"
