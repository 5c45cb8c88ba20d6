"""Letting a call stand still until the test has seen what it wants to see."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest


class Held:
    """An asynchronous method whose first call waits, before it does anything, until `release`.

    For methods that run in the process of the test, as the workers of the tests do.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, owner: type, name: str) -> None:
        self.calls = 0
        self._begun, self._go_on = asyncio.Event(), asyncio.Event()
        real = getattr(owner, name)

        async def held(instance: Any, *args: Any, **kwargs: Any) -> Any:
            self.calls += 1
            self._begun.set()
            await self._go_on.wait()
            return await real(instance, *args, **kwargs)

        monkeypatch.setattr(owner, name, held)

    async def begun(self) -> None:
        """Wait until it was called."""
        async with asyncio.timeout(40):
            await self._begun.wait()

    def release(self) -> None:
        self._go_on.set()
