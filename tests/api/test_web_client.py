"""The built web client, served by the API: every address of the client is the page, nothing else is."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.documentation_page import SCRIPT, STYLE
from api.middleware import SECURITY_HEADERS
from infra.config import Settings
from tests.support.problems import assert_problem

PAGE = "<!doctype html><title>ResolutionFlow</title><script src=/assets/index-abc123.js></script>"


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """A built client, and a file beside it that must stay where it is."""
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(PAGE)
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / "assets" / "index-abc123.js").write_text("export {}")
    (tmp_path / "secret.txt").write_text("a secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    return folder


@pytest.fixture
async def site(settings: Settings, dist: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The application without its lifespan: pages need no database."""
    app = create_app(settings.model_copy(update={"web_dist": dist}))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://site") as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/pilot/x", "/pilot/x/", "/login", "/a/b/c?d=e", "/apiary"])
async def test_every_address_of_the_client_is_its_page(site: httpx.AsyncClient, path: str) -> None:
    answer = await site.get(path)
    assert answer.status_code == 200
    assert answer.text == PAGE
    assert answer.headers["cache-control"] == "no-cache", "a new version is seen with the next load"
    assert (await site.head(path)).status_code == 200


@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/nope", "/api/v1/nope", "/assets/nope.js", "/assets/../api/x"]
)
async def test_a_missing_address_of_the_api_or_asset_is_a_problem_not_a_page(
    site: httpx.AsyncClient, path: str
) -> None:
    assert_problem(await site.get(path), 404, "not_found")


async def test_pages_are_only_read(site: httpx.AsyncClient) -> None:
    assert_problem(await site.post("/pilot/x"), 404, "not_found")
    assert_problem(await site.post("/api/nope"), 404, "not_found")
    assert_problem(await site.delete("/assets/index-abc123.js"), 405, "method_not_allowed")


async def test_assets_are_kept_by_browsers_because_their_names_change_with_them(
    site: httpx.AsyncClient,
) -> None:
    answer = await site.get("/assets/index-abc123.js")
    assert answer.text == "export {}"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/javascript")


async def test_files_beside_the_page_are_served(site: httpx.AsyncClient) -> None:
    answer = await site.get("/favicon.svg")
    assert answer.text == "<svg/>"
    assert answer.headers["content-type"].startswith("image/svg")


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/pilot/..%2f..%2fsecret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "//secret.txt",
        "/%2fetc%2fpasswd",
        "/link.txt",
        "/..%5csecret.txt",
    ],
)
async def test_no_path_leads_out_of_the_folder(site: httpx.AsyncClient, path: str) -> None:
    answer = await site.get(httpx.URL(f"http://site{path}"))
    assert "a secret" not in answer.text
    assert "root:" not in answer.text
    assert answer.status_code in (200, 404)


@pytest.mark.parametrize("path", ["/%00", "/a%00.html", "/assets/%00", "/" + "x" * 5000])
async def test_paths_that_no_file_can_have_are_no_defect(site: httpx.AsyncClient, path: str) -> None:
    assert (await site.get(path)).status_code in (200, 404)


async def test_a_client_that_is_not_built_says_how_to_build_it(settings: Settings, tmp_path: Path) -> None:
    app = create_app(settings.model_copy(update={"web_dist": tmp_path / "nothing"}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://site") as client:
        answer = await client.get("/")
        assert answer.status_code == 503
        assert "npm run build" in answer.text
        assert_problem(await client.get("/assets/x.js"), 404, "not_found")


@pytest.mark.parametrize("path", ["/", "/assets/index-abc123.js", "/favicon.svg", "/api/nope", "/healthz"])
async def test_every_answer_carries_the_security_headers(site: httpx.AsyncClient, path: str) -> None:
    answer = await site.get(path)
    for name, value in SECURITY_HEADERS.items():
        assert answer.headers[name] == value
    assert answer.headers["x-request-id"]


def test_the_content_policy_allows_nothing_from_elsewhere_and_nothing_inline() -> None:
    policy = SECURITY_HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert not re.search(r"https?:|\*", policy)
    assert "frame-ancestors 'none'" in policy
    assert "object-src 'none'" in policy
    assert "base-uri 'none'" in policy


async def test_answers_of_the_api_are_never_kept(site: httpx.AsyncClient) -> None:
    assert (await site.get("/api/nope")).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/", "/assets/index-abc123.js", "/api/nope", "/api/docs", "/api/openapi.json", "/healthz"]
)
async def test_pages_of_other_sites_may_read_no_answer(site: httpx.AsyncClient, path: str) -> None:
    elsewhere = {"Origin": "https://evil.example"}
    answers = [
        await site.get(path, headers=elsewhere),
        await site.options(
            path,
            headers=elsewhere
            | {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"},
        ),
    ]
    for answer in answers:
        assert not [name for name in answer.headers if name.startswith("access-control-")]
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"


async def test_the_documentation_runs_its_viewer_and_one_script_of_its_own(site: httpx.AsyncClient) -> None:
    answer = await site.get("/api/docs")
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert "unsafe" not in answer.headers["content-security-policy"]
    (script,) = re.findall(r"<script>(.*?)</script>", answer.text, re.DOTALL)
    fingerprint = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"'sha256-{fingerprint}'" in policy["script-src"]
    elsewhere = [
        (address, tag)
        for tag, address in re.findall(r'(<(?:script|link)\b[^>]*(?:src|href)="([^"]+)"[^>]*>)', answer.text)
        if not address.startswith("/")
    ]
    assert [address for address, _ in elsewhere] == [STYLE, SCRIPT]
    for address, tag in elsewhere:
        assert re.search(r"@\d+\.\d+\.\d+/", address), "one version, not the newest"
        assert re.search(r'integrity="sha384-[A-Za-z0-9+/]{64}" crossorigin="anonymous"', tag), address
    # What somebody else has put onto the same host is let in by no policy.
    allowed = set(policy["script-src"].split() + policy["style-src"].split())
    assert {one for one in allowed if not one.startswith("'")} == {SCRIPT, STYLE}


@pytest.mark.parametrize(
    ("url", "strict"), [("https://flow.example", True), ("http://127.0.0.1:8000", False)]
)
async def test_where_there_is_tls_browsers_are_told_never_to_come_without(
    settings: Settings, dist: Path, url: str, strict: bool
) -> None:
    app = create_app(settings.model_copy(update={"web_dist": dist, "base_url": url}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=url) as client:
        for path in ("/", "/api/nope"):
            assert ("strict-transport-security" in (await client.get(path)).headers) is strict
