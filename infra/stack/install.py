"""Installs what a fresh clone needs, and nothing twice: `python3 infra/stack/install.py PART…`.

Runs as a plain script on the machine's own Python, before any dependency exists: it uses the standard library
only, and syntax that an old Python can read in order to be told that it is too old. Parts: `python`, `web`
(packages), `site` (the built web client), `browser`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

LEAST_PYTHON = (3, 11)
LEAST_NODE = (20, 19)
UV_VERSION = "0.13.9"
AND_THEN = "install it and run the command again."

ROOT = Path(__file__).resolve().parent.parent.parent
CACHE = ROOT / ".cache"
WEB = ROOT / "web"
NOT_SOURCES = {"node_modules", "dist", "test-results", "playwright-report", "screenshots", "coverage"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class Missing(Exception):
    """One clear sentence for the person at the terminal."""


def find_python() -> str:
    """A Python that is new enough: this one, or another on PATH. Raises Missing."""
    if sys.version_info[:2] >= LEAST_PYTHON:
        return sys.executable
    for minor in range(20, LEAST_PYTHON[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found:
            return found
    this = ".".join(map(str, sys.version_info[:3]))
    raise Missing(f"Python 3.11 or newer is needed, and this one is {this}: {AND_THEN}")


def require_node() -> None:
    """Raises Missing unless npm and a Node that is new enough are on PATH."""
    wanted = f"Node {LEAST_NODE[0]}.{LEAST_NODE[1]} or newer"
    node = shutil.which("node")
    if not node or not shutil.which("npm"):
        raise Missing(f"{wanted} with npm is needed, and none is on PATH: {AND_THEN}")
    version = subprocess.run([node, "--version"], stdout=subprocess.PIPE, check=True).stdout.decode().strip()
    if node_version(version) < LEAST_NODE:
        raise Missing(f"{wanted} is needed, and this one is {version}: {AND_THEN}")


def node_version(text: str) -> tuple[int, int]:
    """`v20.19.2` as (20, 19)."""
    major, minor = text.lstrip("v").split(".")[:2]
    return int(major), int(minor)


def fingerprint(*paths: Path, more: str = "") -> str:
    """A hash over names and contents of files (folders included whole) and a further text."""
    digest = hashlib.sha256(more.encode())
    for path in paths:
        for file in _files(path):
            digest.update(str(file.relative_to(ROOT)).encode() + b"\0")
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    found = []
    for folder, folders, files in os.walk(path):
        folders[:] = [name for name in folders if name not in NOT_SOURCES]
        found += [Path(folder, name) for name in files if not name.endswith(".tsbuildinfo")]
    return sorted(found)


def once(title: str, stamp: Path, key: str, *steps: tuple[Path, list[str]]) -> None:
    """Runs (folder, command) steps unless the stamp says they were run for this key; says how long."""
    if stamp.is_file() and stamp.read_text() == key:
        return
    _say(title, "…")
    began = time.monotonic()
    for folder, command in steps:
        run(command, folder)
    stamp.write_text(key)
    _say(title, f"{'done':<58}{time.monotonic() - began:7.1f} s")


def _say(title: str, text: str) -> None:
    sys.stdout.write(f"  {title:<14}{text}\n")
    sys.stdout.flush()


def run(command: list[str], folder: Path = ROOT) -> None:
    """Runs a command quietly. When it fails, shows its output and raises Missing."""
    result = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if result.returncode != 0:
        sys.stdout.write(result.stdout.decode("utf-8", "replace"))
        raise Missing(f"`{' '.join(command)}` failed with exit code {result.returncode}, output above.")


def find_uv(python: str) -> str:
    """uv from PATH, else one of our own from the package index. Raises Missing."""
    found = shutil.which("uv")
    if found:
        return found
    home = CACHE / f"uv-{UV_VERSION}"
    uv = home / "bin" / "uv"
    if not uv.is_file():
        CACHE.mkdir(exist_ok=True)
        try:
            run([python, "-m", "venv", str(home)])
            run([str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", f"uv=={UV_VERSION}"])
        except Missing as reason:
            shutil.rmtree(home, ignore_errors=True)
            raise Missing(f"uv could not be installed. {reason} Or put uv on PATH yourself.") from None
    return str(uv)


def install_python() -> None:
    python = find_python()
    stamp = ROOT / ".venv" / "installed-for"
    # A virtual environment works only where it was made and with the Python it was made for.
    key = fingerprint(ROOT / "uv.lock", ROOT / "pyproject.toml", more=f"{python} {ROOT}")
    if not (stamp.is_file() and stamp.read_text() == key):
        sync = [find_uv(python), "sync", "--frozen", "--all-groups", "--all-extras", "--python", python]
        once("Python", stamp, key, (ROOT, sync))


def install_web() -> None:
    require_node()
    key = fingerprint(WEB / "package-lock.json", WEB / "package.json")
    command = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    once("Web packages", WEB / "node_modules" / ".installed-for", key, (WEB, command))


def build_site() -> None:
    install_web()
    once("Web client", WEB / "dist" / ".built-from", fingerprint(WEB), (WEB, ["npm", "run", "build"]))


def find_browser() -> str | None:
    """`CHROMIUM_PATH`, or a Chromium on PATH; None when there is none.

    Raises Missing for a path that is not there.
    """
    named = os.environ.get("CHROMIUM_PATH")
    if named and not os.access(named, os.X_OK):
        raise Missing(f"CHROMIUM_PATH is {named}, which cannot be run.")
    return named or next((path for path in map(shutil.which, BROWSERS) if path), None)


def install_browser() -> None:
    if find_browser():
        return
    apt = shutil.which("apt-get")
    if not apt or os.geteuid() != 0:
        raise Missing("The browser tests need Chromium: install it, or name its program with CHROMIUM_PATH.")
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    CACHE.mkdir(exist_ok=True)
    install = [apt, "install", "-y", "--no-install-recommends", "chromium"]
    once("Chromium", CACHE / "chromium-installed", str(time.time()), (ROOT, [apt, "update"]), (ROOT, install))


PARTS = {"python": install_python, "web": install_web, "site": build_site, "browser": install_browser}


def main(names: list[str]) -> None:
    try:
        find_python()
        if {"web", "site"} & set(names):
            require_node()  # said before minutes are spent on the rest
        for name in names:
            PARTS[name]()
    except Missing as reason:
        sys.exit(f"Error: {reason}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main(sys.argv[1:])
