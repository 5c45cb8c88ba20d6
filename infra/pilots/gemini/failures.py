"""What a failed call to Gemini means: try again, or never with this request."""

import math
import re
from typing import Any

import httpx
import httpx2
from google.genai import errors

from domain.pilot import PilotRejected, PilotUnavailable

CALL_FAILURES = (
    errors.APIError,
    errors.UnknownApiResponseError,
    httpx.HTTPError,
    httpx.StreamError,
    httpx2.HTTPError,
    httpx2.StreamError,
    TimeoutError,
)
"""Everything that a call or the reading of its stream may raise; the client speaks through either HTTP library."""

_PASSING_STATUSES = frozenset({408, 409, 429})
_LONGEST_WAIT = 3_600.0
_DURATION = re.compile(r"(\d+(?:\.\d+)?)s")
_BAD_KEY = "The model provider does not accept the API key. Check GEMINI_API_KEY."
_REASONS = {
    400: "The model refused the request as invalid.",
    401: _BAD_KEY,
    403: "The API key may not use this model.",
    404: "The model is not available to this API key.",
    413: "The session has become too large for the model.",
}


def explain(error: Exception) -> PilotUnavailable | PilotRejected:
    """The pilot's error for a failed call.

    Its reason never repeats the provider's message: that may quote the request.
    """
    if isinstance(error, errors.APIError):
        return _explain_status(error)
    if isinstance(error, httpx.TimeoutException | httpx2.TimeoutException | TimeoutError):
        return PilotUnavailable("The model did not answer in time.")
    if isinstance(error, errors.UnknownApiResponseError):
        return PilotUnavailable("The model sent an answer that could not be read.")
    return PilotUnavailable("The connection to the model failed or was cut.")


def _explain_status(error: errors.APIError) -> PilotUnavailable | PilotRejected:
    status = error.code
    if status >= 500 or status in _PASSING_STATUSES:
        reason = "The model is overloaded." if status in (429, 503) else "The model provider has a problem."
        return PilotUnavailable(f"{reason} (HTTP {status})", _retry_after(error.details))
    if status == 400 and any(detail.get("reason") == "API_KEY_INVALID" for detail in _details(error.details)):
        return PilotRejected(_BAD_KEY)
    return PilotRejected(_REASONS.get(status, f"The model refused the request. (HTTP {status})"))


def _retry_after(body: Any) -> float | None:
    """Seconds to wait, from the RetryInfo among the error's details."""
    for detail in _details(body):
        if str(detail.get("@type", "")).endswith("google.rpc.RetryInfo"):
            told = _DURATION.fullmatch(str(detail.get("retryDelay", "")))
            seconds = float(told[1]) if told else math.nan
            return min(seconds, _LONGEST_WAIT) if math.isfinite(seconds) else None
    return None


def _details(body: Any) -> list[dict[str, Any]]:
    inner = body.get("error", body) if isinstance(body, dict) else {}
    details = inner.get("details") if isinstance(inner, dict) else None
    return [one for one in details if isinstance(one, dict)] if isinstance(details, list) else []
