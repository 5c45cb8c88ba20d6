"""Serving the built web client: hashed assets for long, the page always fresh, every unknown path the page."""

from __future__ import annotations

import asyncio
from pathlib import Path

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

_NOT_BUILT = (
    "<!doctype html><title>ResolutionFlow</title><p>The web client is not built. Run <code>make up</code>, "
    "or <code>npm run build</code> in <code>web/</code>.</p>"
)
_IMMUTABLE = "public, max-age=31536000, immutable"


class HashedAssets(StaticFiles):
    """Files whose names change with their content."""

    async def check_config(self) -> None:
        """A client that is not built has no assets."""
        if self.directory is None or not await asyncio.to_thread(Path(self.directory).is_dir):
            raise HTTPException(404)

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code == 200:
            response.headers["Cache-Control"] = _IMMUTABLE
        return response


def mount_web_client(app: FastAPI, dist: Path) -> None:
    """Serve `dist` at `/`. Addresses of the API and missing assets stay 404."""
    app.mount("/assets", HashedAssets(directory=dist / "assets", check_dir=False), name="assets")

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        path = str(scope["path"]).lstrip("/")
        if scope["method"] not in ("GET", "HEAD") or path.split("/")[0] in ("api", "assets"):
            raise HTTPException(404)
        response = await asyncio.to_thread(_file_or_page, dist, path)
        await response(scope, receive, send)

    # After all routes, not as the last of them: a route that takes everything would hide that an address of the
    # API exists and only the method is wrong.
    app.router.default = page


def _file_or_page(dist: Path, path: str) -> Response:
    wanted = _file_in(dist, path)
    if wanted is not None:
        return FileResponse(wanted)
    index = dist / "index.html"
    if not index.is_file():
        return HTMLResponse(_NOT_BUILT, status_code=503)
    return FileResponse(index, headers={"Cache-Control": "no-cache"})


def _file_in(dist: Path, path: str) -> Path | None:
    """The file of that path inside `dist`; None for everything else, also for paths that no file can have."""
    try:
        wanted = (dist / path).resolve()
        inside = bool(path) and wanted.is_relative_to(dist.resolve())
        return wanted if inside and wanted.is_file() else None
    except (OSError, ValueError):
        return None
