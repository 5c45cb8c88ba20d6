"""Store the histories that later versions of the workflows must still replay.

    python -m tests.workflows.record_histories

Runs the tests that are marked `history(name)` and keeps what their workflows did in `histories/`. Record when a test
of a new shape was added, and never only to make the replay test pass: a history that the present code does not
replay belongs to sessions that run now and would get stuck.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

if __name__ == "__main__":
    sys.exit(pytest.main([str(Path(__file__).parent), "--record-histories", "-m", "history", "-q"]))
