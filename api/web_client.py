"""Serving the built web client: hashed assets for long, the page always fresh, every unknown path the page."""

from __future__ import annotations

import asyncio
from pathlib import Path

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_NOT_BUILT = (
    "<!doctype html><title>ResolutionFlow</title><p>The web client is not built. Run <code>make up</code>, "
    "or <code>npm run build</code> in <code>web/</code>.</p>"
)
_IMMUTABLE = "public, max-age=31536000, immutable"


class HashedAssets(StaticFiles):
    """Files whose names change with their content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code == 200:
            response.headers["Cache-Control"] = _IMMUTABLE
        return response


def mount_web_client(app: FastAPI, dist: Path) -> None:
    """Serve `dist` at `/`. Addresses of the API and missing assets stay 404."""
    app.mount("/assets", HashedAssets(directory=dist / "assets", check_dir=False), name="assets")

    async def page(request: Request, path: str) -> Response:
        if path.startswith(("api/", "assets/")):
            raise HTTPException(404)
        return await asyncio.to_thread(_file_or_page, dist, path)

    app.add_api_route("/{path:path}", page, methods=["GET", "HEAD"], include_in_schema=False)


def _file_or_page(dist: Path, path: str) -> Response:
    wanted = (dist / path).resolve()
    if path and wanted.is_relative_to(dist.resolve()) and wanted.is_file():
        return FileResponse(wanted)
    index = dist / "index.html"
    if not index.is_file():
        return HTMLResponse(_NOT_BUILT, status_code=503)
    return FileResponse(index, headers={"Cache-Control": "no-cache"})
