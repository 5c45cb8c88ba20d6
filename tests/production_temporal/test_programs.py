"""Where the programs of production's Temporal come from, and what is said when they cannot be had."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from infra.stack.errors import StackError
from infra.stack.making import Say
from tests.production_temporal.programs import (
    COMMANDS,
    PACKAGE,
    PACKAGE_NAME,
    PLATFORM,
    ProductionPrograms,
    find_programs,
    go_build,
    npm_install,
    postgres_version,
    server_version,
)


def program(path: Path, says: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)


class Makers:
    """Makes stand-ins of these versions; remembers what was asked of it."""

    def __init__(
        self, *, server: str = server_version(), postgres: str = "18.4", extension: bool = True
    ) -> None:
        self._server, self._postgres, self._extension = server, postgres, extension
        self.asked: list[str] = []

    async def build(self, folder: Path, say: Say) -> None:
        self.asked.append("build")
        await asyncio.sleep(0)
        for name in COMMANDS:
            program(folder / name, f"temporal version {self._server}")

    async def install(self, folder: Path, say: Say) -> None:
        self.asked.append("install")
        native = folder / "node_modules" / PACKAGE_NAME / "native"
        program(native / "bin" / "postgres", f"postgres (PostgreSQL) {self._postgres}")
        if self._extension:
            program(native / "lib" / "postgresql" / "btree_gin.so", "")


async def find(cache: Path, makers: Makers, machine: tuple[str, str] = PLATFORM) -> ProductionPrograms:
    return await find_programs(
        lambda line: None,
        environ={"XDG_CACHE_HOME": str(cache)},
        build=makers.build,
        install=makers.install,
        machine=machine,
    )


async def test_what_is_missing_is_made_once_and_kept(tmp_path: Path) -> None:
    makers = Makers()
    found = await find(tmp_path, makers)
    assert await find(tmp_path, makers) == found
    assert makers.asked == ["build", "install"]
    for path in (found.server, found.sql_tool, found.postgres_program("postgres")):
        assert path.is_relative_to(tmp_path / "resolutionflow")
        assert path.exists()


async def test_of_several_that_need_it_at_once_only_one_makes_it(tmp_path: Path) -> None:
    makers = Makers()
    found = await asyncio.gather(*(find(tmp_path, makers) for _ in range(4)))
    assert len(set(found)) == 1
    assert makers.asked == ["build", "install"]


async def test_a_damaged_program_in_the_cache_is_made_again(tmp_path: Path) -> None:
    makers = Makers()
    (await find(tmp_path, makers)).sql_tool.write_text("cut off")
    await find(tmp_path, makers)
    assert makers.asked == ["build", "install", "build"]


@pytest.mark.parametrize(
    "makers",
    [Makers(server="1.30.0"), Makers(postgres="17.1"), Makers(extension=False)],
    ids=["another server", "another PostgreSQL", "no btree_gin"],
)
async def test_what_was_made_and_does_not_fit_is_an_error_and_not_kept(
    tmp_path: Path, makers: Makers
) -> None:
    with pytest.raises(StackError) as caught:
        await find(tmp_path, makers)
    assert caught.value.code == "production_temporal_unsuitable"
    left = [path.name for folder in (tmp_path / "resolutionflow").iterdir() for path in folder.iterdir()]
    assert "making-" not in "".join(left)
    assert left.count("made") < 2


async def test_a_machine_without_a_postgresql_package_is_told_so(tmp_path: Path) -> None:
    makers = Makers()
    with pytest.raises(StackError, match="not on darwin arm64") as caught:
        await find(tmp_path, makers, ("darwin", "arm64"))
    assert caught.value.code == "production_temporal_platform"
    assert makers.asked == []


async def test_without_go_one_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StackError, match=r"Go 1\.26 or later is not on PATH.*CHAOS_TEMPORAL") as caught:
        await go_build(tmp_path, lambda line: None)
    assert caught.value.code == "temporal_server_not_built"


async def test_go_that_is_too_old_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "go", "go1.22.1")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(StackError, match=r"Go is go1\.22\.1, not Go 1\.26 or later"):
        await go_build(tmp_path, lambda line: None)


async def test_without_npm_one_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StackError, match=r"install Node\.js") as caught:
        await npm_install(tmp_path, lambda line: None)
    assert caught.value.code == "temporal_postgres_missing"


def test_the_package_of_postgresql_is_pinned_with_its_integrity() -> None:
    locked = json.loads((PACKAGE / "package-lock.json").read_text())["packages"]
    (package,) = (entry for name, entry in locked.items() if name.endswith(PACKAGE_NAME))
    assert package["version"] == postgres_version()
    assert package["integrity"].startswith("sha512-")
