"""Where a request comes from: its address, its browser, the page that sent it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Annotated

from fastapi import Depends, Request

from api.problems import ApiProblem

ADDRESS_LENGTH = 64
AGENT_LENGTH = 200
CUSTOMERS_PREFIX = 64
"""Bits of the smallest network that a provider gives to anybody."""
_BROWSERS = (
    ("Edge", re.compile(r"\bEdg(?:e|A|iOS)?/(\d+)")),
    ("Firefox", re.compile(r"\b(?:Firefox|FxiOS)/(\d+)")),
    ("Chrome", re.compile(r"\b(?:Chrome|CriOS)/(\d+)")),
    ("Safari", re.compile(r"\bVersion/(\d+)[\d.]* .*Safari/")),
)
_SYSTEMS = (
    ("Android", re.compile(r"\bAndroid\b")),
    ("iOS", re.compile(r"\b(?:iPhone|iPad)\b")),
    ("Windows", re.compile(r"\bWindows NT\b")),
    ("macOS", re.compile(r"\bMacintosh\b")),
    ("Linux", re.compile(r"\b(?:Linux|X11)\b")),
)


@dataclass(frozen=True)
class RequestOrigin:
    """`address` is the caller's; behind a proxy that the settings trust, the one the proxy names."""

    address: str
    device: str
    request_id: str | None

    @property
    def network(self) -> str:
        """Whom the address belongs to, for limits: of IPv6 a customer has a whole network, a new address each time."""
        try:
            address = ip_address(self.address.partition("%")[0])
        except ValueError:
            return self.address
        if isinstance(address, IPv4Address):
            return str(address)
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ip_network((address, CUSTOMERS_PREFIX), strict=False))


def request_origin(request: Request) -> RequestOrigin:
    return RequestOrigin(
        address=(request.client.host if request.client else "unknown")[:ADDRESS_LENGTH],
        device=device_of(request.headers.get("user-agent", "")),
        request_id=getattr(request.state, "request_id", None),
    )


Origin = Annotated[RequestOrigin, Depends(request_origin)]


def device_of(user_agent: str) -> str:
    """`Firefox 144 on Windows`: what a person knows a device by. Unknown agents are told by their first word."""
    browser = next(
        (f"{name} {found[1]}" for name, form in _BROWSERS if (found := form.search(user_agent))), None
    )
    system = next((name for name, form in _SYSTEMS if form.search(user_agent)), None)
    if browser is not None:
        return f"{browser} on {system}" if system else browser
    first = "".join(one for one in user_agent.split(" ")[0] if one.isprintable())
    return first[:AGENT_LENGTH] or "Unknown device"


def from_our_own_page(request: Request) -> None:
    """Refuse what another site's page sends to a route that a cookie authorises.

    The cookie is `SameSite=Strict` already; this also keeps out pages of neighbouring host names, for which that
    attribute does nothing. Browsers send the header and scripts cannot set it; other programs do not send it.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise ApiProblem(
            403,
            "cross_site_request",
            "This request was sent by a page of another site and was not carried out.",
        )


OwnPage = Depends(from_our_own_page)
