"""The API process: `python -m api`."""

from __future__ import annotations

import asyncio

import uvicorn

from api.app import create_app
from infra.config import load_settings
from infra.database.role_check import check_at_start
from infra.logging import configure_logging


def main() -> None:
    settings = load_settings()
    configure_logging(settings, process="api")
    asyncio.run(check_at_start(settings))
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
        # Whoever is not a proxy of ours could claim any address, and with it everybody's allowance.
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
    )


if __name__ == "__main__":
    main()
