"""What the API refuses, in its own words as far as a client can meet them."""

import base64
import binascii
from typing import Any, NamedTuple

from infra.simulators.anthropic.prompt_cache import as_blocks

MAX_BREAKPOINTS = 4
MCP_BETA = "mcp-client-2025-11-20"
IMAGE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp")


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
    return _refuse_connector(headers, request) or _refuse_messages(request)


def _refuse_connector(headers: dict[str, str], request: dict[str, Any]) -> Refusal | None:
    """Servers need the beta header, and each of them exactly one toolset."""
    servers = [server["name"] for server in request.get("mcp_servers") or []]
    toolsets = [one["mcp_server_name"] for one in request.get("tools") or [] if one["type"] == "mcp_toolset"]
    if (servers or toolsets) and MCP_BETA not in headers.get("anthropic-beta", "").split(","):
        return Refusal(400, "mcp_servers: Extra inputs are not permitted")
    if sorted(servers) != sorted(toolsets):
        return Refusal(400, "mcp_servers: every MCP server must be referenced by exactly one mcp_toolset")
    return None


def _refuse_messages(request: dict[str, Any]) -> Refusal | None:
    messages = request["messages"]
    if messages[0]["role"] != "user":
        return Refusal(400, "messages: first message must use the user role")
    last = as_blocks(messages[-1]["content"])
    if messages[-1]["role"] == "assistant" and not any(block["type"] == "mcp_tool_result" for block in last):
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
            if block["type"] == "image" and (fault := _fault_of_image(block["source"])):
                return Refusal(400, f"{where}: {fault}")
            breakpoints += "cache_control" in block
    if breakpoints > MAX_BREAKPOINTS:
        return Refusal(400, f"A maximum of {MAX_BREAKPOINTS} blocks with cache_control may be provided.")
    return None


def _fault_of_image(source: dict[str, Any]) -> str | None:
    if source.get("media_type") not in IMAGE_TYPES:
        return f"source.media_type: Input should be one of {', '.join(IMAGE_TYPES)}"
    try:
        data = base64.b64decode(source.get("data", ""), validate=True)
    except binascii.Error:
        data = b""
    return None if data else "source.data: could not decode base64"
