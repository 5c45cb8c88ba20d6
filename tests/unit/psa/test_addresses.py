"""A PSA host leads to the public internet, or into a private network only where the deployment says so."""

import ipaddress

import pytest

from infra.psa.addresses import PsaHostRefused, is_reachable
from infra.psa.connectwise.site import parse_site, read_company_info


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:93.184.215.14"]
)
def test_public_addresses_are_reachable(address: str) -> None:
    assert is_reachable(ipaddress.ip_address(address), allow_private=False)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "::1",
        "fd00::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::10.0.0.1",
        "2002:a00:1::",
        "::127.0.0.1",
        "::10.0.0.1",
        "::ffff:0:10.0.0.1",
    ],
)
def test_private_addresses_need_permission_in_every_disguise(address: str) -> None:
    assert not is_reachable(ipaddress.ip_address(address), allow_private=False)
    assert is_reachable(ipaddress.ip_address(address), allow_private=True)


@pytest.mark.parametrize(
    "address",
    [
        *("169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::169.254.169.254", "::169.254.169.254"),
        *("fe80::1", "0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255", "0.1.2.3"),  # noqa: S104
        # NAT64 of one's own, Teredo, site-local, unassigned, a carrier's: where they lead, nobody can tell.
        *("64:ff9b:1::a00:1", "2001:0:a00:1::1", "fec0::1", "5f00::1", "100.64.0.1"),
    ],
)
def test_metadata_services_and_addresses_of_nobody_are_never_reachable(address: str) -> None:
    assert not is_reachable(ipaddress.ip_address(address), allow_private=False)
    assert not is_reachable(ipaddress.ip_address(address), allow_private=True)


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("psa.example", "https://psa.example"),
        (" PSA.Example ", "https://psa.example"),
        ("psa.example:8443/v4_6_release/", "https://psa.example:8443"),
        ("https://psa.example/login?x=1#y", "https://psa.example"),
        ("http://127.0.0.1:8900", "http://127.0.0.1:8900"),
        ("https://[2001:db8::1]:443", "https://[2001:db8::1]:443"),
    ],
)
def test_a_host_is_taken_as_people_write_it(host: str, origin: str) -> None:
    assert parse_site(host, allow_plain_http=True).origin == origin


@pytest.mark.parametrize(
    "host",
    [
        "",
        "https://",
        "ftp://psa.example",
        "user:pass@psa.example",
        "psa.example:port",
        "psa example",
        "http://[::1",
    ],
)
def test_what_is_no_host_is_refused_with_a_code(host: str) -> None:
    with pytest.raises(PsaHostRefused) as caught:
        parse_site(host, allow_plain_http=True)
    assert caught.value.code == "psa_host_refused"


@pytest.mark.parametrize(
    ("host", "site_url", "origin"),
    [
        ("na.myconnectwise.net", "api-na.myconnectwise.net", "https://api-na.myconnectwise.net"),
        ("psa.example", "psa.example", "https://psa.example"),
        ("psa.example:8443", "psa.example", "https://psa.example:8443"),
        ("psa.example", "api-na.myconnectwise.net", "https://psa.example"),
        ("na.myconnectwise.net", "evil.example", "https://na.myconnectwise.net"),
        ("na.myconnectwise.net", "evilmyconnectwise.net", "https://na.myconnectwise.net"),
        ("psa.example", "", "https://psa.example"),
        ("psa.example", "http://[", "https://psa.example"),
    ],
)
def test_keys_stay_with_the_configured_server_or_within_the_vendors_cloud(
    host: str, site_url: str, origin: str
) -> None:
    answer = {"Codebase": "v2025_1/", "SiteUrl": site_url, "CompanyName": "Acme", "IsCloud": "True"}
    info = read_company_info(parse_site(host, allow_plain_http=False), "acme", answer)
    assert info.api_root == f"{origin}/v2025_1/apis/3.0"
