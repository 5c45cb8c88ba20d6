"""What the API refuses, in its own words as far as a client can meet them."""

from typing import Any, NamedTuple

from infra.simulators.anthropic.prompt_cache import as_blocks

MAX_BREAKPOINTS = 4


class Refusal(NamedTuple):
    status: int
    message: str


def key_of(headers: dict[str, str]) -> str:
    """The API key, which comes as a bearer token or in a header of its own."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")


def refuse(headers: dict[str, str], request: Any) -> Refusal | None:
    """Why the request is refused, or None when it is fine. A key is bad when it begins with `invalid`."""
    key = key_of(headers)
    if not key or key.startswith("invalid"):
        return Refusal(401, "invalid x-api-key")
    if "anthropic-version" not in headers:
        return Refusal(400, "anthropic-version: header is required")
    if not isinstance(request, dict):
        return Refusal(400, "The request body is not valid JSON.")
    for field in ("model", "max_tokens", "messages"):
        if not request.get(field):
            return Refusal(400, f"{field}: Field required")
    if not str(request["model"]).startswith("claude-"):
        return Refusal(404, f"model: {request['model']}")
    return _refuse_messages(request)


def _refuse_messages(request: dict[str, Any]) -> Refusal | None:
    messages = request["messages"]
    if messages[0]["role"] != "user":
        return Refusal(400, "messages: first message must use the user role")
    if messages[-1]["role"] == "assistant":
        return Refusal(400, "This model does not support assistant message prefill.")
    breakpoints = 0
    parts = [("system", request.get("system") or [])] + [
        (f"messages.{place}", message["content"]) for place, message in enumerate(messages)
    ]
    for where, content in parts:
        blocks = as_blocks(content)
        if where != "system" and not blocks:
            return Refusal(400, f"{where}: content must be non-empty")
        for block in blocks:
            if block["type"] == "text" and not block["text"].strip():
                return Refusal(400, f"{where}: text content blocks must contain non-whitespace text")
            breakpoints += "cache_control" in block
    if breakpoints > MAX_BREAKPOINTS:
        return Refusal(400, f"A maximum of {MAX_BREAKPOINTS} blocks with cache_control may be provided.")
    return None
