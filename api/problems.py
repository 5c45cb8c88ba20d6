"""Errors as the outside sees them: RFC 9457 problem details, each with a stable code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from domain.errors import RuleViolation, ViolationKind
from domain.psa import PsaCredentialsRejected, PsaError, PsaNotFound, PsaRejected
from domain.uploads import UPLOAD_LIMIT
from infra.database.faults import is_transient
from infra.database.schema import SchemaMismatch

logger = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"

BODY_LIMIT = 256 * 1024
"""Bytes. The largest body, a note of 20,000 characters, stays below a third of it in any script."""

UPLOAD_BODY_LIMIT = UPLOAD_LIMIT + 64 * 1024
"""Bytes. A file, and the form around it."""

PAYLOADS_BODY_LIMIT = 2 * 1024 * 1024
"""Bytes. Temporal's UI sends the payloads of one event at once, each at most 128 kB and a third more as text."""

STATUS_OF_KIND: Final[dict[ViolationKind, int]] = {
    ViolationKind.INVALID: 400,
    ViolationKind.FORBIDDEN: 403,
    ViolationKind.NOT_FOUND: 404,
    ViolationKind.CONFLICT: 409,
    ViolationKind.UNPROCESSABLE: 422,
}

TITLES: Final[dict[int, str]] = {
    400: "The request makes no sense as it is",
    401: "Sign in first",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    409: "Not now",
    413: "Too large",
    415: "Unknown media type",
    422: "Something in the request is not valid",
    429: "Too many requests",
    500: "An unexpected error",
    502: "The ticketing system did not do it",
    503: "A part of the system is away",
    504: "Still running",
}


# What the framework itself refuses. It says 400 for a body it cannot decode.
_HTTP_ERRORS: Final[dict[int, tuple[str, str]]] = {
    400: ("malformed_json", "The body is not valid JSON in UTF-8."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take that method."),
    413: ("body_too_large", f"The body has more than {BODY_LIMIT // 1024} kB."),
}


class FieldError(BaseModel):
    """What is wrong with one field. `field` is its path in the body, the query or the headers."""

    field: str
    code: str
    detail: str


class Problem(BaseModel):
    """Problem details (RFC 9457). `code` is stable: programs decide by it, `detail` is for people."""

    type: str = Field(examples=["about:blank"])
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldError] | None = None
    request_id: str | None = None


class ApiProblem(Exception):
    """Raise to answer with problem details. `extra` adds members, such as expected and observed status."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})


def not_found(what: str, code: str) -> ApiProblem:
    """What is not there, and what belongs to somebody else, look the same."""
    return ApiProblem(404, code, f"There is no such {what}.")


def from_violation(violation: RuleViolation) -> ApiProblem:
    return ApiProblem(STATUS_OF_KIND[violation.kind], violation.code, violation.detail)


def from_psa(error: PsaError) -> ApiProblem:
    """The PSA's own words, with a status that says whose fault it is."""
    if isinstance(error, PsaNotFound):
        return ApiProblem(404, "ticket_not_found", error.message)
    if isinstance(error, PsaCredentialsRejected):
        return ApiProblem(
            502, error.code, f"The ticketing system does not accept the connection: {error.message}"
        )
    if isinstance(error, PsaRejected):
        return ApiProblem(502, error.code, error.message)
    return ApiProblem(502, "psa_unavailable", f"The ticketing system cannot be reached: {error.message}")


def unavailable(code: str, detail: str, *, retry_after: int = 2) -> ApiProblem:
    """Something of ours is away: the same request can be sent again."""
    return ApiProblem(503, code, detail, headers={"Retry-After": str(retry_after)})


def shutting_down() -> ApiProblem:
    """The server ends before the request does."""
    return unavailable(
        "shutting_down", "The server is restarting. Send it again with the same Idempotency-Key."
    )


def body_too_large() -> ApiProblem:
    """More bytes than any body of ours has."""
    return ApiProblem(413, *_HTTP_ERRORS[413])


def upload_too_large() -> ApiProblem:
    """More bytes than a file may have."""
    return ApiProblem(
        413,
        "upload_too_large",
        f"The file has more than {UPLOAD_LIMIT // 1024 // 1024} MB, the most for one file.",
    )


def payloads_too_large() -> ApiProblem:
    """More bytes than are decoded at once."""
    return ApiProblem(
        413,
        "payloads_too_large",
        f"The payloads have more than {PAYLOADS_BODY_LIMIT // 1024 // 1024} MB: decode them in several requests.",
    )


class BodyTooLarge(HTTPException):
    """Raised while a body is read: the framework lets only its own kind of error through there."""

    def __init__(self, problem: ApiProblem) -> None:
        super().__init__(problem.status)
        self.problem = problem


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI responses for the given statuses."""
    return {
        status: {
            "model": Problem,
            "description": TITLES[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def documented_as_sent(document: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI document without the plain JSON that the framework lists beside the media type errors have."""
    for operations in document["paths"].values():
        for operation in operations.values():
            for response in operation["responses"].values():
                if MEDIA_TYPE in response.get("content", {}):
                    response["content"].pop("application/json", None)
    return document


def install_handlers(app: FastAPI) -> None:
    """Let every error leave as problem details."""

    async def on_problem(request: Request, error: Exception) -> JSONResponse:
        return (
            respond(request, error) if isinstance(error, ApiProblem) else respond(request, _unexpected(error))
        )

    async def on_violation(request: Request, error: Exception) -> JSONResponse:
        return (
            respond(request, from_violation(error))
            if isinstance(error, RuleViolation)
            else await on_any(request, error)
        )

    async def on_psa(request: Request, error: Exception) -> JSONResponse:
        return (
            respond(request, from_psa(error)) if isinstance(error, PsaError) else await on_any(request, error)
        )

    async def on_http(request: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, HTTPException):
            return await on_any(request, error)
        if isinstance(error, BodyTooLarge):
            return respond(request, error.problem)
        status = error.status_code
        code, detail = _HTTP_ERRORS.get(status, (f"http_{status}", error.detail))
        return respond(request, ApiProblem(status, code, detail, headers=error.headers))

    async def on_invalid(request: Request, error: Exception) -> JSONResponse:
        return (
            _invalid(request, error)
            if isinstance(error, RequestValidationError)
            else await on_any(request, error)
        )

    async def on_any(request: Request, error: Exception) -> JSONResponse:
        return respond_unexpected(request, error)

    app.add_exception_handler(ApiProblem, on_problem)
    app.add_exception_handler(RuleViolation, on_violation)
    app.add_exception_handler(PsaError, on_psa)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_invalid)


def respond(request: Request, problem: ApiProblem, errors: list[FieldError] | None = None) -> JSONResponse:
    """Problem details as a response."""
    body = Problem(
        type="about:blank",
        title=TITLES.get(problem.status, "The request failed"),
        status=problem.status,
        detail=problem.detail,
        code=problem.code,
        errors=errors,
        request_id=getattr(request.state, "request_id", None),
    ).model_dump(exclude_none=True)
    return JSONResponse(
        body | problem.extra, status_code=problem.status, headers=problem.headers, media_type=MEDIA_TYPE
    )


def respond_unexpected(request: Request, error: Exception) -> JSONResponse:
    """The answer to what no handler knows: a database that is away, or a defect of ours, which is logged."""
    if isinstance(error, SchemaMismatch):
        logger.warning("api.schema_mismatch", code=error.code)
        return respond(request, unavailable(error.code, error.detail, retry_after=5))
    if is_transient(error):
        logger.warning("api.database_unavailable", error=type(error).__name__)
        return respond(
            request,
            unavailable("database_unavailable", "The database cannot be reached. Try again in a moment."),
        )
    logger.error("api.defect", error=type(error).__name__, exc_info=error)
    return respond(request, _unexpected(error))


def _unexpected(error: Exception) -> ApiProblem:
    return ApiProblem(
        500,
        "internal_error",
        f"An unexpected error ({type(error).__name__}). It was logged under the request id.",
    )


def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    found = error.errors()
    if any(one["type"] == "json_invalid" for one in found):
        return respond(request, ApiProblem(400, *_HTTP_ERRORS[400]))
    errors = [
        FieldError(field=".".join(str(part) for part in one["loc"]), code=one["type"], detail=one["msg"])
        for one in found
    ]
    where = errors[0].field.removeprefix("body.") if errors else "the request"
    detail = f"{where}: {errors[0].detail}" if errors else "Something in the request is not valid."
    return respond(request, ApiProblem(422, "validation_failed", detail), errors)
