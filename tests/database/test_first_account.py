"""The first account of an installation: made once, while there is nobody, by whichever process comes first."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import create_async_engine

from api.first_account import FirstAccountMaker
from infra.config import Settings
from infra.database.connection import Database
from infra.database.models import Account, AuditEntry, User
from infra.database.schema import HEAD, MIGRATION_LOCK, REVISIONS
from infra.first_account import FirstAccount, make_first_account
from infra.stack.ports import free_port
from tests.database.conftest import Scratch
from tests.support.application import TEST_KEY, running_api
from tests.support.application import test_settings as settings_of_a_test
from tests.support.browsers import browser
from tests.support.waiting import until

PROJECT = Path(__file__).parents[2]
EMAIL = "Olga@Northwind.example"
PASSWORD = "first of all passwords"


def with_first_account(scratch: Scratch, **changes: Any) -> Settings:
    first = {"init_account": "Northwind IT", "init_email": EMAIL, "init_password": SecretStr(PASSWORD)}
    return settings_of_a_test(scratch.app_url, scratch.admin_url, **first | changes)


def environment(scratch: Scratch, password_file: Path, **changes: str) -> dict[str, str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("RESOLUTIONFLOW_", "DATABASE_"))}
    return {
        **inherited,
        "PYTHONPATH": str(PROJECT),
        "DATABASE_URL": scratch.app_url,
        "DATABASE_ADMIN_URL": scratch.admin_url,
        "RESOLUTIONFLOW_SECRET_KEYS": TEST_KEY.get_secret_value(),
        "RESOLUTIONFLOW_STATE_DIR": str(password_file.parent / "state"),
        "RESOLUTIONFLOW_LOG_LEVEL": "debug",
        "RESOLUTIONFLOW_INIT_ACCOUNT": "Northwind IT",
        "RESOLUTIONFLOW_INIT_EMAIL": EMAIL,
        "RESOLUTIONFLOW_INIT_PASSWORD_FILE": str(password_file),
        **changes,
    }


def kept_in_a_file(folder: Path) -> Path:
    path = folder / "password"
    path.write_text(PASSWORD + "\n")
    return path


async def command(env: dict[str, str]) -> tuple[int | None, str]:
    """Exit code and output of the command."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "infra.first_account"),
        cwd="/",
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert PASSWORD not in output.decode()
    return process.returncode, output.decode()


@asynccontextmanager
async def api_process(env: dict[str, str], log: Path) -> AsyncIterator[str]:
    """`python -m api`; answers its URL."""
    port = free_port()
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "api"),
            cwd="/",
            env=env | {"RESOLUTIONFLOW_PORT": str(port)},
            stdout=output,
            stderr=output,
        )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


async def log_in(client: httpx.AsyncClient, email: str = EMAIL, password: str = PASSWORD) -> httpx.Response:
    answer = await client.post("/auth/login", json={"email": email, "password": password})
    if answer.status_code == 200:
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return answer


async def emails(database: Database) -> list[str]:
    async with database.admin() as db:
        return list((await db.execute(sa.select(User.email))).scalars())


async def test_of_several_processes_that_start_at_once_one_makes_the_first_account(
    migrated: Scratch, database: Database
) -> None:
    databases = [Database(migrated.app_url, migrated.admin_url, pool_size=1) for _ in range(3)]
    # Addresses that differ: nothing but the lock keeps the others from making an account as well.
    makers = [
        FirstAccountMaker(own, FirstAccount(f"MSP {n}", f"owner{n}@msp.example", SecretStr(PASSWORD)))
        for n, own in enumerate(databases)
    ]
    engine = create_async_engine(migrated.admin_url)
    waiting = sa.text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    async with engine.connect() as other:
        await other.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
        starting = asyncio.gather(*(maker.start() for maker in makers))

        async def all_wait() -> bool:
            return bool((await other.execute(waiting)).scalar_one() == len(makers))

        await until(all_wait, what="all of them at the lock")
        assert await emails(database) == []
        await other.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})
    await starting
    await engine.dispose()

    async def all_are_done() -> bool:
        return all(maker.is_done for maker in makers)

    await until(all_are_done, what="the end of all of them")
    for maker, own in zip(makers, databases, strict=True):
        await maker.aclose()
        await own.aclose()
    assert len(await emails(database)) == 1
    async with database.admin() as db:
        for table in (Account, AuditEntry):
            assert (await db.execute(sa.select(sa.func.count()).select_from(table))).scalar_one() == 1


async def test_its_owner_signs_in_as_super_admin_and_invites_the_others(
    migrated: Scratch, database: Database
) -> None:
    settings = with_first_account(migrated)
    assert settings.registration == "invite"
    async with running_api(settings) as url, browser(url) as client:
        assert (await log_in(client)).status_code == 200, "the account is there with the first answer"
        me = (await client.get("/auth/me")).json()
        assert (me["email"], me["name"], me["role"], me["is_super_admin"]) == (
            "Olga@northwind.example",
            "Olga",
            "owner",
            True,
        )
        assert me["account"]["name"] == "Northwind IT"
        (entry,) = [
            one
            for one in (await client.get("/accounts/me/audit-log")).json()["items"]
            if one["action"] == "account.created"
        ]
        assert (entry["target_id"], entry["actor_id"]) == (me["account"]["id"], None)
        assert entry["after"] == {"role": "owner", "owner_id": me["id"], "is_super_admin": True}
        invited = await client.post("/accounts/me/invites", json={"email": "next@northwind.example"})
        assert invited.status_code == 201, invited.text
        assert (await client.post("/temporal/codec/access")).status_code == 200
    assert len(await emails(database)) == 1


async def test_where_somebody_is_nothing_is_made_and_nothing_changed(
    migrated: Scratch, database: Database
) -> None:
    first = FirstAccount.of(with_first_account(migrated))
    assert first is not None
    assert await make_first_account(database, first) is not None
    email, password = "new@northwind.example", "another long password"
    changed = with_first_account(
        migrated, init_account="Other", init_email=email, init_password=SecretStr(password)
    )
    async with running_api(changed) as url, browser(url) as client:
        assert (await log_in(client, email, password)).status_code == 401
        assert (await log_in(client, EMAIL, password)).status_code == 401
        assert (await log_in(client)).status_code == 200
        assert (await client.get("/auth/me")).json()["account"]["name"] == "Northwind IT"
    assert len(await emails(database)) == 1


async def test_an_api_that_starts_before_the_migrations_makes_it_as_soon_as_they_have_run(
    migrated: Scratch, database: Database
) -> None:
    async def set_revision(revision: str) -> None:
        async with database.admin() as db:
            await db.execute(sa.text("UPDATE alembic_version SET version_num = :it"), {"it": revision})

    async with database.admin():
        pass  # what runs already goes on
    await set_revision(REVISIONS[0])
    async with running_api(with_first_account(migrated)) as url, browser(url) as client:
        assert (await log_in(client)).status_code == 503
        assert await emails(database) == []
        await set_revision(HEAD)

        async def is_made() -> bool:
            return (await log_in(client)).status_code == 200

        await until(is_made, what="the first account")


async def test_the_password_of_the_first_account_is_in_no_log(
    migrated: Scratch, database: Database, server_folder: Path, tmp_path: Path
) -> None:
    log = tmp_path / "api.log"
    env = environment(migrated, kept_in_a_file(tmp_path))
    async with api_process(env, log) as url, browser(url) as client:

        async def is_made() -> bool:
            try:
                return (await log_in(client)).status_code == 200
            except httpx.TransportError:
                return False

        await until(is_made, within=90, what="the first account")
    async with database.admin() as db:
        password_hash = (await db.execute(sa.select(User.password_hash))).scalar_one()
    assert '"event": "first_account.made"' in log.read_text()
    for written in (log, server_folder / "postgres.log"):
        text = written.read_text()
        assert PASSWORD not in text, written.name
        assert password_hash not in text, written.name


async def test_the_command_makes_it_once_and_says_what_is_in_the_way(
    migrated: Scratch, database: Database, tmp_path: Path
) -> None:
    env = environment(migrated, kept_in_a_file(tmp_path))
    assert await command(env) == (0, "the first account was made: sign in as Olga@northwind.example\n")
    assert await command(env | {"RESOLUTIONFLOW_INIT_EMAIL": "another@northwind.example"}) == (
        0,
        "there are users already: nothing was made or changed\n",
    )
    assert await emails(database) == ["Olga@northwind.example"]
    async with database.admin() as db:
        await db.execute(sa.text("UPDATE alembic_version SET version_num = :it"), {"it": REVISIONS[0]})
    code, output = await command(env)
    assert (code, output.startswith("database_not_migrated: ")) == (1, True), output
