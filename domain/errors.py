"""Rule violations: what the product refuses, with a stable code and a sentence that helps."""

from enum import StrEnum

STEP_TIMED_OUT = "step_timed_out"
"""Code of a step that did not finish in time."""


class ViolationKind(StrEnum):
    """The nature of a refusal; the API maps it to an HTTP status."""

    INVALID = "invalid"  # the request makes no sense as it is (400)
    FORBIDDEN = "forbidden"  # this may never be done to this thing (403)
    NOT_FOUND = "not_found"  # not there, or not yours (404)
    CONFLICT = "conflict"  # right request, wrong moment (409)
    UNPROCESSABLE = "unprocessable"  # well-formed, but nothing useful in it (422)


class RuleViolation(Exception):
    """A refusal by a rule of the domain.

    `code` is a stable machine word (snake_case), `detail` one or two sentences for the engineer.
    """

    def __init__(self, code: str, detail: str, kind: ViolationKind = ViolationKind.CONFLICT) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.kind = kind
