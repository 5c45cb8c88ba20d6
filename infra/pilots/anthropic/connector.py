"""Anthropic's MCP connector to Microsoft's public documentation: what a request carries, and when it is to blame."""

import contextlib
from collections import deque
from uuid import UUID

import anthropic
import structlog
from anthropic.types.beta import BetaMCPToolsetParam, BetaRequestMCPServerURLDefinitionParam

from domain.pilot import TurnContext
from infra.pilots.anthropic.failures import status_of

BETA = "mcp-client-2025-11-20"
SERVER = "microsoft_learn"
# The same objects in every request: a changed list of tools would break the cached prefix, which begins with them.
SERVERS: list[BetaRequestMCPServerURLDefinitionParam] = [
    {"type": "url", "name": SERVER, "url": "https://learn.microsoft.com/api/mcp"}
]
TOOLS: list[BetaMCPToolsetParam] = [{"type": "mcp_toolset", "mcp_server_name": SERVER}]

_REMEMBERED = 200
_ITS_STATUSES = frozenset({400, 424})

logger = structlog.get_logger()


class Connector:
    """Whether turns carry the connector, and what is told about it. Nothing here ever breaks a turn."""

    def __init__(self, enabled: bool) -> None:
        self._enabled = enabled
        self._failed: deque[UUID] = deque(maxlen=_REMEMBERED)

    def is_for(self, context: TurnContext) -> bool:
        """Whether this turn carries it: one that failed because of it before is attempted without."""
        return self._enabled and not any(message.message_id in self._failed for message in context.inputs)

    def failed(self, context: TurnContext, error: Exception) -> None:
        """Log the fallback, and leave the connector out of further attempts of this turn."""
        self._failed.extend(message.message_id for message in context.inputs)
        _log("mcp.fallback", session_id=str(context.session_id), error=type(error).__name__)

    def used(self, context: TurnContext, *, available: bool, tools: list[str]) -> None:
        """Log what a turn did with it: whether it was there, whether it was used, and which tools in order."""
        _log(
            "mcp.turn",
            session_id=str(context.session_id),
            available=available,
            invoked=bool(tools),
            tools=tools,
        )


def is_to_blame(error: Exception) -> bool:
    """Whether a call failed because of the connector, so that it is worth a second call without it.

    Never for a limit, an overload, a failure of the provider, the key, or a prompt that is too long: those would
    fail again, or are to be waited for.
    """
    if not isinstance(error, anthropic.APIStatusError) or status_of(error) not in _ITS_STATUSES:
        return False
    told = _message_of(error).lower()
    return "mcp" in told and "too long" not in told


def _message_of(error: anthropic.APIStatusError) -> str:
    """The sentence of the API, without the ids that come with it."""
    body = error.body
    inner = body.get("error", body) if isinstance(body, dict) else None
    return str(inner.get("message", "")) if isinstance(inner, dict) else error.message


def _log(event: str, **values: object) -> None:
    # A log that cannot be written must not cost the engineer the reply.
    with contextlib.suppress(Exception):
        logger.info(event, **values)
