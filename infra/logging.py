"""Structured logs on standard output: JSON in production, readable lines otherwise. Never content, never secrets."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

from infra.config import Settings
from infra.log_exceptions import render_exception

SECRET_WORDS = (
    "password",
    "token",
    "secret",
    "private_key",
    "authorization",
    "cookie",
    "api_key",
    "credentials",
)


def redact_secrets(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Last line of defence: a value under a name that sounds secret is never written."""
    for name in event:
        if any(word in name.lower() for word in SECRET_WORDS) and not name.endswith("_tokens"):
            event[name] = "[redacted]"
    return event


def configure_logging(settings: Settings, *, process: str) -> None:
    """Set up structlog and route the standard library's loggers through it."""
    level = getattr(logging, settings.log_level.upper())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        redact_secrets,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if settings.env == "production" or not sys.stdout.isatty()
        else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                render_exception,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for noisy in (
        "httpx",
        "httpcore",
        "uvicorn.access",
        "anthropic",
        "google_genai",
        "boto3",
        "botocore",
        "urllib3",
    ):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.contextvars.bind_contextvars(process=process)
