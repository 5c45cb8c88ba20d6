"""Stands in for migrations and seed: looks whether the database answers."""

import asyncio
import os
import sys

import asyncpg


async def main() -> None:
    url = os.environ["DATABASE_ADMIN_URL"].replace("+asyncpg", "")
    connection = await asyncpg.connect(url)
    sys.stdout.write(f"connected as {await connection.fetchval('SELECT current_user')}\n")
    await connection.close()


if __name__ == "__main__":
    asyncio.run(main())
