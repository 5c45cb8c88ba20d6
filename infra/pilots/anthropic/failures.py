"""What a failed call means: try again, or never with this request."""

import json
import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import anthropic
import httpx2

from domain.pilot import PilotRejected, PilotUnavailable

CALL_FAILURES = (anthropic.AnthropicError, httpx2.HTTPError, httpx2.StreamError, TimeoutError)
BROKEN_STREAM = (json.JSONDecodeError, UnicodeDecodeError)
"""With CALL_FAILURES, everything that a call or the reading of its stream may raise."""

_PASSING_STATUSES = frozenset({408, 409, 429})
_LONGEST_WAIT = 3_600.0
_REASONS = {
    400: "The model refused the request as invalid.",
    401: "The model provider does not accept the API key. Check ANTHROPIC_API_KEY.",
    402: "The model provider reports a billing problem with the API key's account.",
    403: "The API key may not use this model.",
    404: "The model is not available to this API key.",
    413: "The session has become too large for the model.",
}
_STATUS_OF_TYPE = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "timeout_error": 504,
    "overloaded_error": 529,
}


def explain(error: Exception) -> PilotUnavailable | PilotRejected:
    """The pilot's error for a failed call.

    Its reason never repeats the provider's message: that may quote the request.
    """
    if isinstance(error, anthropic.APIStatusError):
        return _explain_status(error)
    if isinstance(error, anthropic.APITimeoutError | httpx2.TimeoutException | TimeoutError):
        return PilotUnavailable("The model did not answer in time.")
    if isinstance(error, anthropic.APIConnectionError | httpx2.HTTPError | httpx2.StreamError):
        return PilotUnavailable("The connection to the model failed or was cut.")
    if isinstance(error, anthropic.AnthropicError) and not isinstance(error, anthropic.APIError):
        return PilotRejected("The model client is not configured correctly. Check ANTHROPIC_API_KEY.")
    return PilotUnavailable("The model sent an answer that could not be read.")


def status_of(error: anthropic.APIStatusError) -> int:
    """The HTTP status of an error.

    An error event in the middle of a stream comes with the status of the stream's beginning; its type tells.
    """
    return error.status_code if error.status_code >= 400 else _STATUS_OF_TYPE.get(error.type or "", 500)


def _explain_status(error: anthropic.APIStatusError) -> PilotUnavailable | PilotRejected:
    status = status_of(error)
    if status >= 500 or status in _PASSING_STATUSES:
        reason = "The model is overloaded." if status in (429, 529) else "The model provider has a problem."
        return PilotUnavailable(f"{reason} (HTTP {status})", _retry_after(error.response.headers))
    return PilotRejected(_REASONS.get(status, f"The model refused the request. (HTTP {status})"))


def _retry_after(headers: httpx2.Headers) -> float | None:
    """Seconds to wait; the header holds seconds or a date."""
    value = headers.get("retry-after")
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return None
    return min(max(seconds, 0.0), _LONGEST_WAIT) if math.isfinite(seconds) else None
