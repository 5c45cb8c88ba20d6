"""What a fresh clone needs is installed once, and what is missing is said in one sentence."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from infra.stack import install


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(install, "ROOT", tmp_path)
    (tmp_path / "web").mkdir()
    return tmp_path


def tool(folder: Path, name: str, output: str = "") -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\necho '{output}'\n")
    (folder / name).chmod(0o755)


def test_work_is_done_once_per_key_and_told(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stamp, done = clone / "stamp", clone / "done"
    step = (clone, [sys.executable, "-c", "open('done', 'a').write('x')"])
    for key in ("first", "first", "second"):
        install.once("Web client", stamp, key, step)
    assert done.read_text() == "xx"
    assert capsys.readouterr().out.count("Web client    done") == 2


def test_a_failed_step_shows_its_output_and_is_tried_again(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stamp = clone / "stamp"
    step = (clone, [sys.executable, "-c", "print('no space left'); raise SystemExit(3)"])
    for _ in range(2):
        with pytest.raises(install.Missing, match="failed with exit code 3, output above"):
            install.once("Python", stamp, "key", step)
    assert capsys.readouterr().out.count("no space left") == 2
    assert not stamp.exists()


def test_a_fingerprint_changes_with_content_and_names_but_not_with_what_is_built(clone: Path) -> None:
    web = clone / "web"
    (web / "main.ts").write_text("1")
    before = install.fingerprint(web)
    for folder in ("node_modules", "dist", "test-results"):
        (web / folder).mkdir()
        (web / folder / "x.js").write_text("built")
    assert install.fingerprint(web) == before
    (web / "main.ts").write_text("2")
    changed = install.fingerprint(web)
    assert changed != before
    (web / "main.ts").rename(web / "other.ts")
    assert install.fingerprint(web) != changed
    assert install.fingerprint(web, more="3.12") != install.fingerprint(web)


@pytest.mark.parametrize(("text", "version"), [("v20.19.2", (20, 19)), ("v22.1.0-nightly", (22, 1))])
def test_node_versions_are_read(text: str, version: tuple[int, int]) -> None:
    assert install.node_version(text) == version


def test_a_missing_node_is_said(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(clone))
    with pytest.raises(
        install.Missing, match=r"Node 20\.19 or newer with npm is needed, and none is on PATH"
    ):
        install.require_node()


def test_an_old_node_is_said(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool(clone / "bin", "node", "v18.20.4")
    tool(clone / "bin", "npm")
    monkeypatch.setenv("PATH", str(clone / "bin"))
    with pytest.raises(install.Missing, match=r"Node 20\.19 or newer is needed, and this one is v18\.20\.4"):
        install.require_node()


def test_an_old_python_is_said_unless_a_newer_one_is_on_path(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    monkeypatch.setenv("PATH", str(clone / "bin"))
    with pytest.raises(install.Missing, match=r"Python 3\.11 or newer is needed, and this one is 3\.9\.2"):
        install.find_python()
    tool(clone / "bin", "python3.12")
    assert install.find_python() == str(clone / "bin" / "python3.12")


def test_a_named_browser_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM_PATH", "/no/such/browser")
    with pytest.raises(install.Missing, match="CHROMIUM_PATH is /no/such/browser, which cannot be run"):
        install.find_browser()


def test_without_a_browser_and_a_way_to_get_one_it_is_said(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CHROMIUM_PATH", raising=False)
    monkeypatch.setenv("PATH", str(clone))
    with pytest.raises(install.Missing, match="install it, or name its program with CHROMIUM_PATH"):
        install.install_browser()


def test_a_browser_on_path_is_enough(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHROMIUM_PATH", raising=False)
    tool(clone / "bin", "google-chrome")
    monkeypatch.setenv("PATH", str(clone / "bin"))
    install.install_browser()
    assert install.find_browser() == str(clone / "bin" / "google-chrome")


def test_the_script_reads_its_parts_and_says_errors_on_one_line(tmp_path: Path) -> None:
    script = Path(install.__file__)
    result = subprocess.run(
        [sys.executable, script, "browser"],
        env={"CHROMIUM_PATH": "/no"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "Error: CHROMIUM_PATH is /no, which cannot be run.\n"


def test_an_old_python_can_read_the_script_in_order_to_be_told() -> None:
    ast.parse(Path(install.__file__).read_text(), feature_version=(3, 7))
