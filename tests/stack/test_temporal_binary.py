"""Where the Temporal program comes from, in order, and that it is made once however many need it."""

import asyncio
import sys
from pathlib import Path

import pytest

from infra.stack.errors import StackError
from infra.stack.making import Say
from infra.stack.process import Child, ChildSpec
from infra.stack.temporal_binary import cached_program, find_temporal, watch_download

GOOD = "temporal version 1.8.2 (Server 1.31.2, UI 2.50.1)"


def program(path: Path, version: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{version}'\n")
    path.chmod(0o755)
    return path


class Makers:
    """A download and a build that can be told what to do; remembers what was asked of it."""

    def __init__(self, *, download: str | None = None, build: str | None = None) -> None:
        self._versions = {"download": download, "build": build}
        self.asked: list[str] = []

    async def _make(self, way: str, folder: Path) -> Path:
        self.asked.append(way)
        await asyncio.sleep(0)
        version = self._versions[way]
        if version is None:
            raise StackError("no_luck", f"The {way} failed.")
        return program(folder / "some-name", version)

    async def download(self, folder: Path, say: Say) -> Path:
        return await self._make("download", folder)

    async def build(self, folder: Path, say: Say) -> Path:
        return await self._make("build", folder)


class World:
    """An environment with an empty PATH and cache."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.environ = {"PATH": str(self.bin), "XDG_CACHE_HOME": str(folder / "cache")}
        self.said: list[str] = []

    async def find(self, makers: Makers) -> Path:
        found = await find_temporal(
            self.said.append, environ=self.environ, download=makers.download, build=makers.build
        )
        assert found.server.startswith("1.")
        return found.path


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def test_the_variable_comes_first(world: World, tmp_path: Path) -> None:
    program(world.bin / "temporal", GOOD)
    world.environ["RESOLUTIONFLOW_TEMPORAL_CLI"] = str(program(tmp_path / "mine", GOOD))
    assert await world.find(Makers()) == tmp_path / "mine"


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)", "it is version 1.5.1 with server 1.29.1"),
        ("temporal version 1.8.0 (Server 1.30.9, UI 2.42.1)", "it is version 1.8.0 with server 1.30.9"),
        ("something else 3", "its `--version` is not that of the Temporal CLI"),
    ],
)
async def test_a_variable_that_names_an_unsuitable_program_is_an_error(
    world: World, tmp_path: Path, version: str, reason: str
) -> None:
    path = program(tmp_path / "mine", version)
    world.environ["RESOLUTIONFLOW_TEMPORAL_CLI"] = str(path)
    with pytest.raises(StackError) as caught:
        await world.find(Makers())
    assert caught.value.code == "temporal_cli_unsuitable"
    assert caught.value.message.startswith(f"RESOLUTIONFLOW_TEMPORAL_CLI is {path}, but {reason}")


async def test_a_variable_that_names_nothing_is_an_error(world: World) -> None:
    world.environ["RESOLUTIONFLOW_TEMPORAL_CLI"] = "/no/such/program"
    with pytest.raises(StackError, match="it cannot be run") as caught:
        await world.find(Makers())
    assert caught.value.code == "temporal_cli_unsuitable"


async def test_path_comes_before_the_cache(world: World) -> None:
    on_path = program(world.bin / "temporal", GOOD)
    program(cached_program(world.environ), GOOD)
    assert await world.find(Makers()) == on_path


async def test_an_unsuitable_program_on_path_is_said_and_passed_over(world: World) -> None:
    program(world.bin / "temporal", "temporal version 1.1.0 (Server 1.25.0, UI 2.30.0)")
    cached = program(cached_program(world.environ), GOOD)
    assert await world.find(Makers()) == cached
    assert "is not used: it is version 1.1.0" in world.said[0]


async def test_what_is_cached_is_not_made_again(world: World) -> None:
    cached = program(cached_program(world.environ), GOOD)
    makers = Makers(download=GOOD, build=GOOD)
    assert await world.find(makers) == cached
    assert makers.asked == []


async def test_the_download_comes_before_the_build_and_is_kept(world: World) -> None:
    makers = Makers(download=GOOD, build=GOOD)
    assert await world.find(makers) == cached_program(world.environ)
    assert await world.find(makers) == cached_program(world.environ)
    assert makers.asked == ["download"]


@pytest.mark.parametrize("download", [None, "temporal version 1.9.0 (Server 1.32.0, UI 3.0.0)"])
async def test_it_is_built_when_the_download_fails_or_brings_another_version(
    world: World, download: str | None
) -> None:
    makers = Makers(download=download, build=GOOD)
    assert await world.find(makers) == cached_program(world.environ)
    assert makers.asked == ["download", "build"]


async def test_when_nothing_works_every_reason_is_told_and_nothing_is_left(world: World) -> None:
    with pytest.raises(StackError) as caught:
        await world.find(Makers())
    assert caught.value.code == "temporal_not_found"
    assert "The download failed. The build failed." in caught.value.message
    assert "or name a program with RESOLUTIONFLOW_TEMPORAL_CLI" in caught.value.message
    assert [path.name for path in cached_program(world.environ).parent.iterdir()] == ["lock"]


async def test_a_damaged_program_in_the_cache_is_replaced(world: World) -> None:
    program(cached_program(world.environ), "").write_text("cut off")
    makers = Makers(download=GOOD)
    assert await world.find(makers) == cached_program(world.environ)
    assert makers.asked == ["download"]


async def test_of_several_that_need_it_at_once_only_one_makes_it(world: World) -> None:
    makers = Makers(build=GOOD)
    found = await asyncio.gather(*(world.find(makers) for _ in range(5)))
    assert set(found) == {cached_program(world.environ)}
    assert makers.asked == ["download", "build"]


async def test_a_download_that_stands_still_is_given_up(tmp_path: Path) -> None:
    spec = ChildSpec("download", (sys.executable, "-c", "import signal; signal.pause()"), tmp_path / "log")
    child = Child(spec)
    await child.start()
    with pytest.raises(StackError, match="stood still") as caught:
        await watch_download(child, tmp_path, patience=0.3)
    assert caught.value.code == "temporal_download"
    assert not child.running


async def test_a_download_that_moves_is_waited_for(tmp_path: Path) -> None:
    # It sleeps for longer than the patience in all, but never without a byte arriving.
    code = """
import pathlib, sys, time
target = pathlib.Path(sys.argv[1])
for _ in range(20):
    with target.open("ab") as file:
        file.write(b"x")
    time.sleep(0.1)
target.chmod(0o755)
"""
    target = tmp_path / "temporal-cli"
    child = Child(ChildSpec("download", (sys.executable, "-c", code, str(target)), tmp_path / "log"))
    await child.start()
    assert await watch_download(child, tmp_path, patience=1.5) == target


async def test_a_failed_download_tells_its_last_words(tmp_path: Path) -> None:
    child = Child(ChildSpec("download", (sys.executable, "-c", "exit('no network')"), tmp_path / "log"))
    await child.start()
    with pytest.raises(StackError, match=r"The download failed \(no network\)"):
        await watch_download(child, tmp_path, patience=20)
