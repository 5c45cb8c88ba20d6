"""The web client's API types are made from the API as it is in the code, never from an older one."""

from __future__ import annotations

import filecmp
import json
import subprocess
from pathlib import Path

import pytest

from api.openapi import document

WEB = Path(__file__).parents[2] / "web"
GENERATED = WEB / "src" / "api" / "generated"


def test_the_committed_contract_is_that_of_the_api() -> None:
    committed = json.loads((WEB / "openapi.json").read_text())
    assert committed == json.loads(json.dumps(document())), (
        "The API changed: run `python -m api.openapi > web/openapi.json` and `npm run generate` in web/."
    )


@pytest.mark.timeout(180)
def test_the_committed_client_is_generated_from_the_committed_contract(tmp_path: Path) -> None:
    generator = WEB / "node_modules" / "@hey-api" / "openapi-ts" / "bin" / "run.js"
    assert generator.exists(), "The packages of the web client are not installed: run `npm ci` in web/."
    command = ["node", str(generator), "--output", str(tmp_path / "generated")]
    made = subprocess.run(command, cwd=WEB, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    assert _differences(filecmp.dircmp(GENERATED, tmp_path / "generated")) == []


def _differences(compared: filecmp.dircmp[str]) -> list[str]:
    inner = [name for sub in compared.subdirs.values() for name in _differences(sub)]
    return [*compared.left_only, *compared.right_only, *compared.diff_files, *inner]
