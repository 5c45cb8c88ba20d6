"""What others' systems are told to do wrong, as their simulators take it."""

from __future__ import annotations

MODEL_FAULTS: tuple[dict[str, object], ...] = (
    {"status": 529},
    {"status": 500},
    {"status": 429, "retry_after": "1"},
    {"cut_after": 2},
    {"error_after": 1},
    {"seconds_between_pieces": 0.2},
    {"seconds_before_first_byte": 2},
)
PSA_FAULTS: tuple[dict[str, object], ...] = (
    {"kind": "lost_answer"},
    {"kind": "lost_request"},
    {"kind": "reset_in_body"},
    {"kind": "status", "status": 503, "body": "Service Unavailable"},
    {"kind": "status", "status": 500, "body": "Internal Server Error"},
    {"kind": "status", "status": 429, "headers": {"Retry-After": "1"}},
    {"kind": "slow", "seconds": 3},
    {"kind": "silent_no_change", "method": "PATCH"},
)
PSA_PATHS = (r"/notes$", r"/time/entries", r"/service/tickets$", r"/service/tickets/\d+$")
