"""The Temporal dev server with its UI, its data in one SQLite file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from google.protobuf.duration_pb2 import Duration
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, UpdateNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from infra.stack.ports import LOOPBACK
from infra.stack.process import Child, ChildSpec
from infra.stack.temporal_binary import TemporalProgram
from infra.temporal.search_attributes import register_search_attributes
from workflows.search_attributes import ALL_KEYS

SEARCH_ATTRIBUTES = tuple(key.name for key in ALL_KEYS)
NAMESPACE = "default"
RETENTION = timedelta(days=7)
START_TIMEOUT = 60.0
# One history shard polls its queues 20 times a second unless told otherwise: every activity would wait.
POLL_RATES = {"history.transferProcessorMaxPollRPS": 2000, "history.timerProcessorMaxPollRPS": 2000}
PRAGMAS = {"journal_mode": "WAL", "synchronous": "NORMAL"}


class EmbeddedTemporal:
    """A Temporal server of our own.

    Usable without the supervisor: `await start()`, connect to `address`, `await stop()`. `ui_port=None`
    leaves the UI out (tests); `codec_endpoint` is where the UI has payloads decoded. `dynamic_config` adds to
    the server's settings or overrides ours. Start and stop from the main thread's event loop.
    """

    def __init__(
        self,
        program: TemporalProgram,
        folder: Path,
        port: int,
        *,
        ui_port: int | None,
        log_path: Path,
        codec_endpoint: str | None = None,
        dynamic_config: Mapping[str, bool | int | str] | None = None,
    ) -> None:
        self.folder = folder.absolute()
        self.port = port
        self.ui_port = ui_port
        self.log_path = log_path.absolute()
        self.codec_endpoint = codec_endpoint
        self._program = program
        self._dynamic_config = {**POLL_RATES, **(dynamic_config or {})}
        self._child: Child | None = None

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    @property
    def ui_url(self) -> str:
        return f"http://{LOOPBACK}:{self.ui_port}"

    @property
    def database(self) -> Path:
        return self.folder / "temporal.db"

    @property
    def pid(self) -> int:
        if self._child is None:
            raise RuntimeError("Temporal has not been started")
        return self._child.pid

    async def start(self) -> None:
        """Starts the server and waits until the namespace and its search attributes are there.

        Raises StackError.
        """
        self.prepare()
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

    async def kill(self) -> None:
        """Ends it at once, as a crash does."""
        if self._child is not None:
            await self._child.kill()
            self._child = None

    def prepare(self) -> str | None:
        """Makes the folder.

        The dev server cannot migrate its file, so one of another server version is put aside.

        Returns a sentence about that when it happened. No session is lost: they live in PostgreSQL and start
        again.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        mark = self.folder / "server-version"
        before = mark.read_text().strip() if mark.exists() else None
        moved = None
        if self.database.exists() and before != self._program.server:
            for path in self.folder.glob(f"{self.database.name}*"):
                path.replace(self.folder / f"old-{before or 'unknown'}-{path.name}")
            moved = f"data of server {before or 'unknown'} put aside for server {self._program.server}"
        mark.write_text(self._program.server + "\n")
        return moved

    def spec(self) -> ChildSpec:
        options = ["--ip", LOOPBACK, "--port", str(self.port), "--db-filename", str(self.database)]
        options += ["--headless"] if self.ui_port is None else ["--ui-port", str(self.ui_port)]
        if self.ui_port is not None and self.codec_endpoint is not None:
            options += ["--ui-codec-endpoint", self.codec_endpoint]
        for name, value in PRAGMAS.items():
            options += ["--sqlite-pragma", f"{name}={value}"]
        for name, setting in self._dynamic_config.items():
            options += ["--dynamic-config-value", f"{name}={json.dumps(setting)}"]
        for name in SEARCH_ATTRIBUTES:
            options += ["--search-attribute", f"{name}=Keyword"]
        return ChildSpec(
            name="temporal",
            command=(str(self._program.path), "server", "start-dev", *options),
            log_path=self.log_path,
        )

    async def ready(self, child: Child) -> str:
        """Waits until the server serves the namespace with its search attributes. Raises StackError."""
        await child.until(self._probe, timeout=START_TIMEOUT, what="Temporal")
        return self.address

    async def _probe(self) -> str | None:
        try:
            client = await asyncio.wait_for(Client.connect(self.address, namespace=NAMESPACE), 5)
            await self._set_up(client)
        except (RPCError, RuntimeError, TimeoutError):  # not listening yet, or not yet serving the namespace
            return None
        return "up"

    async def _set_up(self, client: Client) -> None:
        """Idempotent: the server's own option for search attributes works only while the namespace is new."""
        described = await client.workflow_service.describe_namespace(
            DescribeNamespaceRequest(namespace=NAMESPACE)
        )
        if described.config.workflow_execution_retention_ttl.ToTimedelta() != RETENTION:
            retention = Duration()
            retention.FromTimedelta(RETENTION)
            await client.workflow_service.update_namespace(
                UpdateNamespaceRequest(
                    namespace=NAMESPACE, config=NamespaceConfig(workflow_execution_retention_ttl=retention)
                )
            )
        await register_search_attributes(client, SEARCH_ATTRIBUTES)
