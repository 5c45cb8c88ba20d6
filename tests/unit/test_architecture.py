"""The domain stays plain Python: what it may import is listed, everything else is refused."""

import ast
import sys
from pathlib import Path

DOMAIN = Path(__file__).parents[2] / "domain"
ALLOWED = {*sys.stdlib_module_names, "domain", "pydantic", "pydantic_core", "typing_extensions"}
SIDE_EFFECTS = {
    "asyncio",
    "http",
    "os",
    "pathlib",
    "random",
    "socket",
    "sqlite3",
    "subprocess",
    "time",
    "urllib",
}


def imported_packages(source: str) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names.add(node.module or "")
    return {name.partition(".")[0] for name in names}


def test_the_domain_uses_the_standard_library_and_pydantic_only() -> None:
    for path in DOMAIN.rglob("*.py"):
        assert imported_packages(path.read_text()) <= ALLOWED, path


def test_the_domain_has_no_clock_files_or_network_of_its_own() -> None:
    for path in DOMAIN.rglob("*.py"):
        assert not imported_packages(path.read_text()) & SIDE_EFFECTS, path


def test_imports_of_every_form_are_seen() -> None:
    source = "import httpx\nfrom temporalio.client import Client\ndef f():\n    import sqlalchemy as sa\n"
    assert imported_packages(source) == {"httpx", "temporalio", "sqlalchemy"}
