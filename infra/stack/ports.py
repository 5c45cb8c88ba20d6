"""Loopback ports: find free ones, and say who holds a taken one."""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

from infra.stack.errors import StackError

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class PortUse:
    """A port the stack needs: what for, and the variable that changes it."""

    purpose: str
    port: int
    variable: str
    host: str = LOOPBACK


def free_ports(count: int) -> list[int]:
    """`count` different loopback ports nobody listens on right now."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((LOOPBACK, 0))
        return [each.getsockname()[1] for each in sockets]


def free_port() -> int:
    return free_ports(1)[0]


def is_taken(port: int, host: str = LOOPBACK) -> bool:
    with socket.socket() as probe:
        # The servers set it too: a connection that lingers after a stop is not a holder.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return True
            raise StackError(
                "port_unusable", f"Port {port} on {host} cannot be used: {error.strerror}."
            ) from error
    return False


def holder(port: int) -> str:
    """`process 123 (postgres -D …)`, or a phrase that says it cannot be told."""
    with contextlib.suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            address = connection.laddr
            listens = address and address.port == port and connection.status == psutil.CONN_LISTEN
            if listens and connection.pid:
                return _describe(connection.pid)
    return "a process that this user may not see"


def _describe(pid: int) -> str:
    try:
        command = " ".join(psutil.Process(pid).cmdline()) or psutil.Process(pid).name()
    except psutil.Error:
        return f"process {pid}"
    return f"process {pid} ({command if len(command) <= 120 else command[:119] + '…'})"


def require_free(uses: Sequence[PortUse]) -> None:
    """Raises StackError `port_taken` (naming port, holder and variable) or `port_twice`."""
    seen: dict[int, PortUse] = {}
    for use in uses:
        if (other := seen.get(use.port)) is not None:
            raise StackError(
                "port_twice",
                f"Port {use.port} is set for both {other.purpose} and {use.purpose}: "
                f"give {other.variable} and {use.variable} different values.",
            )
        seen[use.port] = use
    for use in uses:
        if is_taken(use.port, use.host):
            raise StackError(
                "port_taken",
                f"Port {use.port} for {use.purpose} is held by {holder(use.port)}. "
                f"Stop it, or choose another port with {use.variable}.",
            )
