"""Errors in the shapes the vendor uses: a JSON object with `errors[]`, or plain text from its router."""

import json
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response


@dataclass(frozen=True)
class ErrorItem:
    """One entry of `errors[]`."""

    code: str
    message: str
    resource: str
    field: str


@dataclass
class VendorError(Exception):
    """Raised by handlers, answered by `answer_vendor_error`."""

    status: int
    code: str
    message: str
    items: list[ErrorItem] = field(default_factory=list)

    def body(self) -> dict[str, Any]:
        items = [
            {"code": item.code, "message": item.message, "resource": item.resource, "field": item.field}
            for item in self.items
        ]
        return {"code": self.code, "message": self.message, "errors": items or None}


def not_found(resource: str, record_id: object) -> VendorError:
    return VendorError(404, "NotFound", f"{resource} {record_id} not found")


def no_endpoint() -> VendorError:
    return VendorError(404, "ConnectWiseApi", "The endpoint does not exist.")


def forbidden() -> VendorError:
    return VendorError(403, "Security", "You do not have security permission to perform this action.")


def invalid(resource: str, *items: ErrorItem) -> VendorError:
    return VendorError(400, "InvalidObject", f"{resource} object is invalid", list(items))


def missing_field(resource: str, name: str, message: str | None = None) -> VendorError:
    text = message or f"The {name} field is required."
    return invalid(resource, ErrorItem("MissingRequiredField", text, resource, name))


def bad_condition(message: str) -> VendorError:
    return VendorError(400, "ApiFindCondition", message)


async def answer_vendor_error(_: Request, error: Exception) -> Response:
    """The vendor pretty-prints its errors with CRLF line ends."""
    if not isinstance(error, VendorError):
        raise error
    text = json.dumps(error.body(), indent=2).replace("\n", "\r\n")
    return Response(text, status_code=error.status, media_type="application/json")


def cannot_route() -> PlainTextResponse:
    return PlainTextResponse("Cannot route. Codebase/company is invalid", status_code=400)
