"""How one request is answered when a test wants something other than the usual."""

from pydantic import BaseModel, ConfigDict, Field


class Behaviour(BaseModel):
    """One answer. Everything left out is as usual: the simulator's own reply, sent at once and to its end.

    With `status` the answer is that error, with `retry_delay` ("17s") among its details,
    or with `error_body` as it is. `cut_after` cuts the
    connection after so many pieces of text, `error_after` sends an error there, `hang_after` says nothing more but
    keeps the connection. `blocked` refuses the prompt, `thoughts` come before the text.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str | None = None
    thoughts: str = ""
    piece_characters: int = Field(24, ge=1)
    seconds_before_first_byte: float = Field(0, ge=0)
    finish_reason: str | None = "STOP"
    blocked: str | None = None
    status: int | None = Field(None, ge=400, le=599)
    error_message: str = "Simulated."
    error_reason: str | None = None
    error_body: str | None = None
    retry_delay: str | None = None
    cut_after: int | None = Field(None, ge=0)
    error_after: int | None = Field(None, ge=0)
    hang_after: int | None = Field(None, ge=0)


STATUS_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
