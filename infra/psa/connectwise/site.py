"""Which server to speak to: the configured host, and the API root its company information names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from domain.psa import PsaCredentialsRejected, PsaRejected
from infra.psa.addresses import PsaHostRefused

CLOUD_DOMAINS = ("myconnectwise.net", "connectwisedev.com")
_CODEBASE = re.compile(r"[A-Za-z0-9._-]{1,60}")


@dataclass(frozen=True)
class Site:
    """A server as `scheme://authority`."""

    scheme: str
    authority: str
    hostname: str

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.authority}"

    def company_info_url(self, company_id: str) -> str:
        return f"{self.origin}/login/companyinfo/{quote(company_id, safe='')}"


@dataclass(frozen=True)
class CompanyInfo:
    """What the public discovery says: the API root, ending without a slash, and who answers there."""

    api_root: str
    company_name: str | None
    is_cloud: bool | None


def parse_site(host: str, *, allow_plain_http: bool) -> Site:
    """The site of a host as people write it, scheme or not, pasted path or not. Raises PsaHostRefused."""
    text = host.strip()
    if "://" not in text:
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise PsaHostRefused("The PSA host is not a valid address.") from None
    hostname = (parts.hostname or "").rstrip(".")
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"[a-z0-9.:_-]+", hostname):
        raise PsaHostRefused("The PSA host is not a valid address.")
    if parts.username is not None or parts.password is not None:
        raise PsaHostRefused("The PSA host must not contain a user name or password.")
    if parts.scheme == "http" and not allow_plain_http:
        raise PsaHostRefused("The PSA host must use https: the keys would be readable on the way.")
    literal = f"[{hostname}]" if ":" in hostname else hostname
    return Site(parts.scheme, literal if port is None else f"{literal}:{port}", hostname)


def read_company_info(site: Site, company_id: str, answer: Any) -> CompanyInfo:
    """Company information as discovery answered it. Raises PsaCredentialsRejected for an unknown company."""
    if answer is None:
        raise unknown_company(site, company_id)
    codebase = str(answer.get("Codebase") or "").strip("/") if isinstance(answer, dict) else ""
    if not _CODEBASE.fullmatch(codebase):
        raise PsaRejected(f"{site.hostname} does not answer like a ConnectWise server.")
    origin = _api_origin(site, str(answer.get("SiteUrl") or ""))
    name = answer.get("CompanyName")
    return CompanyInfo(
        api_root=f"{origin}/{codebase}/apis/3.0",
        company_name=str(name) if name else None,
        is_cloud=_flag(answer.get("IsCloud")),
    )


def unknown_company(site: Site, company_id: str) -> PsaCredentialsRejected:
    return PsaCredentialsRejected(
        f"{site.hostname} knows no company '{company_id}'. Use the company from the ConnectWise sign-in form."
    )


def _api_origin(site: Site, site_url: str) -> str:
    """Keys go only to the configured server, or from one server of the vendor's cloud to another."""
    try:
        named = urlsplit(site_url if "://" in site_url else f"https://{site_url}").hostname or ""
    except ValueError:
        return site.origin
    if named != site.hostname and _is_cloud(site.hostname) and _is_cloud(named):
        return f"https://{named}"
    return site.origin


def _is_cloud(hostname: str) -> bool:
    return hostname.endswith(tuple(f".{domain}" for domain in CLOUD_DOMAINS))


def _flag(value: Any) -> bool | None:
    """Some servers send a boolean, some the word."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(str(value).lower())
