"""Seed the demo tenant: `python -m infra.seed`. Safe to repeat."""

from __future__ import annotations

import asyncio
import sys

from infra.config import Settings, load_settings
from infra.database.connection import database_from
from infra.seed.demo import seed_demo


async def seed(settings: Settings) -> None:
    if settings.demo_password is None:
        sys.exit("RESOLUTIONFLOW_DEMO_PASSWORD is not set: the demo users need a password")
    database = database_from(settings, with_admin=True)
    try:
        await seed_demo(database, settings, settings.demo_password.get_secret_value())
    finally:
        await database.aclose()
    sys.stdout.write("demo tenant is ready\n")


def main() -> None:
    settings = load_settings()
    if not settings.demo:
        sys.exit("RESOLUTIONFLOW_DEMO is not 1: nothing was seeded")
    asyncio.run(seed(settings))


if __name__ == "__main__":
    main()
