"""Reading what a request says."""

from typing import Any

from starlette.requests import Request

from infra.simulators.connectwise.errors import VendorError, no_endpoint


async def json_body(request: Request) -> Any:
    try:
        return await request.json()
    except ValueError:
        raise VendorError(400, "InvalidObject", "The request body is not valid JSON.") from None


def id_of(request: Request, name: str = "id") -> int:
    text: str = request.path_params[name]
    if not text.isdigit():
        raise no_endpoint()
    return int(text)
