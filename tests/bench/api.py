"""The API under measurement: the product's own, and beside it a route that asks the database for a one.

`python -m tests.bench.api`.
"""

from __future__ import annotations

import uvicorn
from fastapi import APIRouter
from sqlalchemy import text

from api.app import PREFIX, create_app
from api.dependencies import Reader, TenantDb
from infra.config import load_settings
from infra.logging import configure_logging

router = APIRouter(prefix=f"{PREFIX}/bench")

_ONE = text("SELECT 1")


@router.get("/one")
async def one(db: TenantDb, identity: Reader) -> int:
    """The floor of every read: token, transaction of the account, one statement, one answer."""
    found: int = (await db.execute(_ONE)).scalar_one()
    return found


def main() -> None:
    settings = load_settings()
    configure_logging(settings, process="bench-api")
    app = create_app(settings)
    app.include_router(router)
    uvicorn.run(
        app, host="127.0.0.1", port=settings.port, log_config=None, access_log=False, timeout_keep_alive=120
    )


if __name__ == "__main__":
    main()
