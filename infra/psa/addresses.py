"""Where a client may connect to: the guard against a PSA host that points into our own network."""

from __future__ import annotations

import asyncio
import functools
import ipaddress
import socket
import ssl
from collections.abc import Iterable

import httpcore
import httpx

from domain.psa import PsaRejected

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_PRIVATE = tuple(
    ipaddress.ip_network(network)
    for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "::1/128", "fc00::/7")
)
_EMBEDDING = (
    ipaddress.IPv6Network("64:ff9b::/96"),  # NAT64
    ipaddress.IPv6Network("::ffff:0:0:0/96"),  # translated by SIIT
    ipaddress.IPv6Network("::/96"),  # compatible, long retired, still routed to IPv4 by some
)


class PsaHostRefused(PsaRejected):
    """The host is not a usable address, or leads somewhere this deployment does not connect to."""

    code = "psa_host_refused"


def is_reachable(address: Address, *, allow_private: bool) -> bool:
    """Public always; private and loopback when allowed; link-local (cloud metadata) and the like never."""
    address = _embedded(address)
    if address.is_multicast or address.is_unspecified or address.is_link_local:
        return False
    if address.is_global and (address.version == 4 or address in _GLOBAL_UNICAST):
        return True
    return allow_private and any(
        address in network for network in _PRIVATE if network.version == address.version
    )


def _embedded(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, where it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if int(address) > 1 and any(address in network for network in _EMBEDDING):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Resolves a name once, checks the addresses, and connects to exactly what was checked.

    Checking before the request instead would let a name resolve differently a moment later.
    """

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        failure: Exception = httpcore.ConnectError("No address to connect to.")
        for address in await self._addresses(host, port, timeout):
            try:
                return await self._inner.connect_tcp(
                    str(address), port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise PsaHostRefused("A PSA cannot be reached over a local socket.")

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)

    async def _addresses(self, host: str, port: int, timeout: float | None) -> list[Address]:
        try:
            async with asyncio.timeout(timeout):
                found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except TimeoutError:
            raise httpcore.ConnectTimeout("The name server did not answer in time.") from None
        except (OSError, UnicodeError):
            raise httpcore.ConnectError("The host name cannot be resolved.") from None
        addresses = list(dict.fromkeys(ipaddress.ip_address(entry[4][0]) for entry in found))
        allowed = [entry for entry in addresses if is_reachable(entry, allow_private=self._allow_private)]
        if not allowed:
            raise PsaHostRefused(
                f"{host} leads into a private network, where this deployment does not connect. "
                "Use the public address of the PSA."
            )
        return allowed


@functools.cache
def _tls() -> ssl.SSLContext:
    """Reading the certificate store takes long, and it is the same for everyone."""
    return httpx.create_ssl_context()


class GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's transport over the guarded backend: TLS still verifies the name, not the address."""

    def __init__(self, *, allow_private: bool, limits: httpx.Limits) -> None:
        context = _tls()
        super().__init__(verify=context)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            retries=0,
            network_backend=GuardedBackend(allow_private=allow_private),
        )
