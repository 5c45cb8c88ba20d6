"""The three task queues. A worker may serve one of them or all."""

SESSIONS = "sessions"
"""Workflow tasks and database steps: short, many."""

LLM = "llm"
"""Model calls: long, few, rate-limited."""

PSA = "psa"
"""Calls to ticketing systems: as fast as the other side allows."""

ALL_QUEUES = (SESSIONS, LLM, PSA)
