"""How one request is answered when a test wants something other than the usual."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

RequestKind = Literal["chat", "note", "fact", "digest"]


class Behaviour(BaseModel):
    """One answer. Everything left out is as usual: the simulator's own reply, sent at once and to its end.

    With `status` the answer is that error. `cut_after` cuts the connection after so many pieces of text,
    `error_after` sends an error event there, `hang_after` says nothing more but keeps the connection,
    `pings_after` sends pings for ever. `tools` are looked up with the MCP connector before the text, after
    `text_before_tools`; `tools_fail` lets the server answer them with errors. `with_connector` limits the answer to
    requests that carry the connector, or to those that do not; `in_conversation` to those
    with that text in any of their messages, so that sessions worked at the same time each get their own answers.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    applies_to: RequestKind | None = None
    with_connector: bool | None = None
    in_conversation: str | None = None
    tools: list[str] = Field(default_factory=list)
    tools_fail: bool = False
    text_before_tools: str = ""
    text: str | None = None
    piece_characters: int = Field(24, ge=1)
    seconds_between_pieces: float = Field(0, ge=0)
    seconds_before_first_byte: float = Field(0, ge=0)
    stop_reason: str = "end_turn"
    status: int | None = Field(None, ge=400, le=599)
    error_type: str | None = None
    error_message: str = "Simulated."
    retry_after: str | None = None
    cut_after: int | None = Field(None, ge=0)
    error_after: int | None = Field(None, ge=0)
    hang_after: int | None = Field(None, ge=0)
    pings_after: int | None = Field(None, ge=0)

    def is_for(self, kind: str, connected: bool, conversation: str) -> bool:
        """Whether a request of this kind and text, with or without the connector, is answered like this."""
        return (
            self.applies_to in (None, kind)
            and self.with_connector in (None, connected)
            and (self.in_conversation is None or self.in_conversation in conversation)
        )


ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}
