"""The page that shows the API's documentation. Its viewer comes from elsewhere, so it gets a policy of its own.

What runs on this page runs at our origin, where the refresh cookie is sent: the viewer is one version, by its hashes.
"""

from __future__ import annotations

import base64
import hashlib
import re

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse

PATH = "/api/docs"
_VIEWER = "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5.35.0"
SCRIPT, STYLE = f"{_VIEWER}/swagger-ui-bundle.js", f"{_VIEWER}/swagger-ui.css"
_HASHES = {
    SCRIPT: "sha384-gjRm0bEPMeTmMh5jT2cHccIwCUZSTd8YC+j0d0sXw0MdGEfScduGpSyF3ZSSLkX9",
    STYLE: "sha384-WlYgdmXYOOBWL5apwjDEZwN+U3HmXSSu5R6V5aGxEcf7z+KuRNwBhoxKVN1i3D5I",
}
"""Of the files of that version, as its package has them. A browser loads nothing else from there."""


def add_documentation_page(app: FastAPI) -> None:
    """Serve the page. The one script that stands in it is allowed by its hash, and no other."""
    page = bytes(
        get_swagger_ui_html(
            openapi_url=app.openapi_url or "",
            title=f"{app.title} API",
            swagger_js_url=SCRIPT,
            swagger_css_url=STYLE,
        ).body
    ).decode()
    # The viewer's picture is fetched from yet another place, and ours will do.
    page = re.sub(r'<link rel="shortcut icon"[^>]*>', '<link rel="icon" href="/favicon.svg">', page)
    for address, fingerprint in _HASHES.items():
        page = page.replace(f'"{address}"', f'"{address}" integrity="{fingerprint}" crossorigin="anonymous"')
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        for script in re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    )
    policy = (
        f"default-src 'none'; script-src {SCRIPT} {hashes}; style-src {STYLE}; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )

    async def page_of_the_documentation() -> HTMLResponse:
        return HTMLResponse(page, headers={"Content-Security-Policy": policy})

    app.add_api_route(PATH, page_of_the_documentation, include_in_schema=False)
