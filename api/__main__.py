"""The API process: `python -m api`."""

from __future__ import annotations

import uvicorn

from api.app import create_app
from infra.config import load_settings
from infra.logging import configure_logging


def main() -> None:
    settings = load_settings()
    configure_logging(settings, process="api")
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
        proxy_headers=settings.env == "production",
    )


if __name__ == "__main__":
    main()
