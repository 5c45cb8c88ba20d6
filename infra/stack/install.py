"""Installs what a fresh clone needs, and nothing twice: `python3 infra/stack/install.py [PART…]`.

Runs as a plain script on the machine's own Python, before any dependency exists, so it uses the standard library only and
syntax that an old Python can read in order to be told that it is too old. Parts: `python`, `web`, `site`, `browser`.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time

LEAST_PYTHON = (3, 11)
LEAST_NODE = (20, 19)
UV_VERSION = "0.13.9"

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CACHE = os.path.join(ROOT, ".cache")
VENV = os.path.join(ROOT, ".venv")
WEB = os.path.join(ROOT, "web")
SITE = os.path.join(WEB, "dist")
NOT_SOURCES = {"node_modules", "dist", "test-results", "playwright-report", "coverage"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class Missing(Exception):
    """One clear sentence for the person at the terminal."""


def find_python():
    """A Python that is new enough: this one, or another on PATH."""
    if sys.version_info[:2] >= LEAST_PYTHON:
        return sys.executable
    for minor in range(20, LEAST_PYTHON[1] - 1, -1):
        found = shutil.which("python3.%d" % minor)
        if found:
            return found
    raise Missing(
        "Python %d.%d or newer is needed, and this one is %s: install it and run the command again."
        % (*LEAST_PYTHON, ".".join(map(str, sys.version_info[:3])))
    )


def require_node():
    """Raises Missing unless a Node that is new enough and npm are on PATH."""
    wanted = "Node %d.%d or newer" % LEAST_NODE
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        raise Missing("%s with npm is needed, and none is on PATH: install it and run the command again." % wanted)
    version = subprocess.run([node, "--version"], stdout=subprocess.PIPE, check=True).stdout.decode().strip()
    if node_version(version) < LEAST_NODE:
        raise Missing("%s is needed, and this one is %s: install it and run the command again." % (wanted, version))


def node_version(text):
    """`v20.19.2` as (20, 19)."""
    major, minor = text.lstrip("v").split(".")[:2]
    return int(major), int(minor)


def fingerprint(paths, *more):
    """A hash over files (names and contents), folders included whole, and further texts."""
    digest = hashlib.sha256(repr(more).encode())
    for path in paths:
        for file in sorted(files_below(path)):
            digest.update(os.path.relpath(file, ROOT).encode() + b"\0")
            with open(file, "rb") as content:
                digest.update(hashlib.sha256(content.read()).digest())
    return digest.hexdigest()


def files_below(path):
    if os.path.isfile(path):
        return [path]
    found = []
    for folder, folders, files in os.walk(path):
        folders[:] = [name for name in folders if name not in NOT_SOURCES]
        found += [os.path.join(folder, name) for name in files if not name.endswith(".tsbuildinfo")]
    return found


def once(title, stamp, key, work):
    """Does the work unless the stamp says it was done for the same key; reports what took how long."""
    if os.path.exists(stamp):
        with open(stamp) as file:
            if file.read() == key:
                return
    print("  %-14s…" % title, flush=True)
    began = time.time()
    work()
    with open(stamp, "w") as file:
        file.write(key)
    print("  %-14s%-58s%7.1f s" % (title, "done", time.time() - began), flush=True)


def run(command, cwd=ROOT, env=None):
    """Runs a command quietly; shows its output and ends when it fails."""
    result = subprocess.run(
        command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if result.returncode != 0:
        sys.stdout.write(result.stdout.decode("utf-8", "replace"))
        raise Missing("`%s` failed with exit code %d; see its output above." % (" ".join(command), result.returncode))


def find_uv(python):
    """uv from PATH, else one of our own from the package index."""
    found = shutil.which("uv")
    if found:
        return found
    home = os.path.join(CACHE, "uv-" + UV_VERSION)
    uv = os.path.join(home, "bin", "uv")
    if not os.path.exists(uv):
        os.makedirs(CACHE, exist_ok=True)
        try:
            run([python, "-m", "venv", home])
            run([os.path.join(home, "bin", "python"), "-m", "pip", "install", "--quiet", "uv==" + UV_VERSION])
        except Missing as reason:
            shutil.rmtree(home, ignore_errors=True)
            raise Missing("uv could not be installed (%s) Put uv on PATH and run the command again." % reason)
    return uv


def install_python():
    python = find_python()
    locked = [os.path.join(ROOT, name) for name in ("uv.lock", "pyproject.toml")]

    def work():
        run([find_uv(python), "sync", "--frozen", "--all-groups", "--python", python])

    once("Python", os.path.join(VENV, "installed-for"), fingerprint(locked, find_python(), ROOT), work)


def install_web():
    require_node()
    modules = os.path.join(WEB, "node_modules")
    key = fingerprint([os.path.join(WEB, name) for name in ("package-lock.json", "package.json")])
    command = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    once("Web packages", os.path.join(modules, ".installed-for"), key, lambda: run(command, cwd=WEB))


def build_site():
    install_web()
    key = fingerprint([WEB])
    once("Web client", os.path.join(SITE, ".built-from"), key, lambda: run(["npm", "run", "build"], cwd=WEB))


def find_browser():
    """`CHROMIUM_PATH`, or a Chromium on PATH; None when there is none. Raises Missing for a path that is not there."""
    named = os.environ.get("CHROMIUM_PATH")
    if named:
        if not os.access(named, os.X_OK):
            raise Missing("CHROMIUM_PATH is %s, which cannot be run." % named)
        return named
    return next((path for path in map(shutil.which, BROWSERS) if path), None)


def install_browser():
    if find_browser():
        return
    apt = shutil.which("apt-get")
    if not apt or os.geteuid() != 0:
        raise Missing("The browser tests need Chromium: install it, or name its program with CHROMIUM_PATH.")
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    began = time.time()
    print("  %-14s…" % "Chromium", flush=True)
    run([apt, "update"], env=env)
    run([apt, "install", "-y", "--no-install-recommends", "chromium"], env=env)
    print("  %-14s%-58s%7.1f s" % ("Chromium", "done", time.time() - began), flush=True)


PARTS = {"python": install_python, "web": install_web, "site": build_site, "browser": install_browser}


def main(names):
    try:
        find_python()
        if names != ["python"]:
            require_node()
        for name in names:
            PARTS[name]()
    except Missing as reason:
        sys.exit("Error: %s" % reason)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main(sys.argv[1:])
