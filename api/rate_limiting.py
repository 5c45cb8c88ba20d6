"""Who may do what how often: the allowances of the API, and the answer to whoever has used theirs up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum

from fastapi import Depends

from api.dependencies import ServicesDep, Worker
from api.problems import ApiProblem
from api.request_origin import RequestOrigin
from api.services import Services
from infra.rate_limits import Allowance, Rate


class Guess(Enum):
    """What somebody might be guessing."""

    PASSWORD = "password"  # noqa: S105 - a word of ours
    CODE = "code"


async def take(services: Services, allowance: Allowance, sentence: str) -> None:
    """Take one. Raises 429 `rate_limited`, with `sentence` and the time until the next one."""
    seconds = await services.limits.take(allowance)
    if seconds:
        raise _used_up(sentence, seconds)


@asynccontextmanager
async def guess(services: Services, origin: RequestOrigin, what: Guess, whom: str) -> AsyncIterator[None]:
    """Around a check of a password or a code: only wrong ones count, by the address and by whom they are for.

    Taken before the check, so that many at once are not more than the allowance, and given back when the block ends
    well. Raises 429.
    """
    settings = services.settings
    of_user = settings.limit_wrong_passwords if what is Guess.PASSWORD else settings.limit_wrong_codes
    allowances = [
        Allowance("wrong-address", origin.network, Rate.parse(settings.limit_wrong_per_address)),
        Allowance(f"wrong-{what.value}", whom.casefold(), Rate.parse(of_user)),
    ]
    for allowance in allowances:
        await take(services, allowance, "Too many attempts went wrong.")
    yield
    for allowance in allowances:
        await services.limits.give_back(allowance)


async def take_turn(services: ServicesDep, identity: Worker) -> None:
    """Take one of what has the model work for the account. Raises 429."""
    rate = Rate.parse(services.settings.limit_turns)
    allowance = Allowance("turn", str(identity.account_id), rate)
    await take(services, allowance, "Your team sends the pilot more than it may at a time.")


async def _take_upload(services: ServicesDep, identity: Worker) -> None:
    rate = Rate.parse(services.settings.limit_uploads)
    allowance = Allowance("upload", str(identity.account_id), rate)
    await take(services, allowance, "Your team sends more files than it may at a time.")


TurnAllowance = Depends(take_turn)
UploadAllowance = Depends(_take_upload)


def in_words(seconds: int) -> str:
    """A time to wait, as people say it."""
    if seconds < 90:
        return "1 second" if seconds == 1 else f"{seconds} seconds"
    minutes = -(-seconds // 60)
    return f"{minutes} minutes" if minutes < 90 else f"{-(-minutes // 60)} hours"


def _used_up(sentence: str, seconds: int) -> ApiProblem:
    return ApiProblem(
        429,
        "rate_limited",
        f"{sentence} Try again in {in_words(seconds)}.",
        headers={"Retry-After": str(seconds)},
        extra={"retry_after": seconds},
    )
