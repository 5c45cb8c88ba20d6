"""Sending files as a browser does."""

from __future__ import annotations

from typing import Any

import httpx

from tests.unit.uploads.pictures import picture

Json = dict[str, Any]


async def send_file(
    client: httpx.AsyncClient, data: bytes, name: str = "screenshot.png", **headers: str
) -> httpx.Response:
    """Send a file under a name; the declared type is a lie, which must not matter."""
    return await client.post(
        "/uploads", files={"file": (name, data, "application/x-something")}, headers=headers
    )


async def upload(client: httpx.AsyncClient, data: bytes | None = None, name: str = "screenshot.png") -> Json:
    """Send a file that is accepted; a picture unless told otherwise."""
    answer = await send_file(client, picture() if data is None else data, name)
    assert answer.status_code == 201, answer.text
    body: Json = answer.json()
    return body


async def fetch(client: httpx.AsyncClient, address: str) -> httpx.Response:
    """Get the bytes behind an address as an `<img>` does: without a token."""
    async with httpx.AsyncClient(base_url=client.base_url.copy_with(path="/")) as nobody:
        return await nobody.get(address)
