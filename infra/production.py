"""What production refuses to start with. Nothing here is a matter of taste: each is a way in."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from infra.config import Settings

_FEWEST_DIFFERENT_BYTES = 16
"""Of 32 random bytes about 30 are different; fewer than this happens once in 10^20 keys, or in a key that was typed."""


def unsafe_in_production(settings: Settings) -> list[str]:
    """One sentence, without its full stop, for each setting that must not be so in production."""
    found = []
    if settings.demo:
        found.append("RESOLUTIONFLOW_DEMO must be 0 when RESOLUTIONFLOW_ENV is production")
    if not settings.secret_keys:
        found.append("RESOLUTIONFLOW_SECRET_KEYS must be set when RESOLUTIONFLOW_ENV is production")
    if any(_was_not_drawn(key.get_secret_value()) for key in settings.secret_keys):
        found.append(
            "RESOLUTIONFLOW_SECRET_KEYS holds a key that is not random, which RESOLUTIONFLOW_ENV=production does not "
            "accept; make another as .env.example says"
        )
    found += [
        f"{wrong} when RESOLUTIONFLOW_ENV is production, or RESOLUTIONFLOW_ACCEPTED_RISKS must name {risk}"
        for risk, wrong in _risks(settings).items()
        if risk not in settings.accepted_risks
    ]
    return found


def _risks(settings: Settings) -> dict[str, str]:
    """What can be right in some place, and then has to be said."""
    found = {}
    if urlsplit(settings.public_url).scheme != "https":
        found["plain_http"] = "RESOLUTIONFLOW_BASE_URL must begin with https://"
    if settings.allow_private_psa:
        found["private_psa"] = "RESOLUTIONFLOW_ALLOW_PRIVATE_PSA must be 0"
    if settings.registration == "open":
        found["open_registration"] = "RESOLUTIONFLOW_REGISTRATION must be invite or closed"
    return found


def _was_not_drawn(key: str) -> bool:
    """Whether a key is one that somebody made up: all the same letter, a word again and again."""
    return len(set(base64.b64decode(key, altchars=b"-_"))) < _FEWEST_DIFFERENT_BYTES
