"""Putting an answer or a result as one statement: by the fast model when there is one, else by rule."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.failures import explained
from activities.llm_calls import llm_call_row
from activities.session_record.lane import find_source
from domain.errors import RuleViolation
from domain.fact_synthesis import is_substantive, short_summary, synthesise
from domain.facts import checked_fact_text, checked_raw_input
from domain.pilot import FactSynthesisRequest, PilotRejected, PilotUnavailable, SynthesisedFact
from infra.crash_points import CrashPoint, reached
from infra.database.connection import Database
from infra.pilots.actions import ModelAction
from infra.pilots.factory import Pilots
from workflows.troubleshooting_session.messages import SynthesisedText, SynthesiseFact

logger = structlog.get_logger()

MODEL_WAITS = 10.0
"""Seconds for the model. An engineer waits for the fact; the rule answers at once."""
LONGEST_RETRY_AFTER = 2.0
"""Seconds worth waiting when the model names a time; a longer one means the rule."""


class FactSynthesisActivities:
    """Activities that make facts."""

    def __init__(self, database: Database, pilots: Pilots) -> None:
        self._database = database
        self._pilots = pilots

    @activity.defn
    @explained
    async def synthesise_fact(self, request: SynthesiseFact) -> SynthesisedText:
        """A fact made of raw input; its text is None when nothing in it is substantive. Stores nothing but usage.

        Raises item_not_found, source_ref_mismatch, raw_input_too_long; pilot_unavailable is worth another try.
        """
        async with self._database.tenant(request.account_id) as db:
            item = await find_source(db, request.session_id, request.source_type, request.source_ref)
        if not is_substantive(request.raw_input):
            return SynthesisedText(text=None)
        question = FactSynthesisRequest(
            source_type=request.source_type,
            asked=item.text if item else None,
            raw_input=checked_raw_input(request.raw_input),
        )
        made = await self._ask_model(request, question)
        if made is not None:
            if not (made.text or "").strip():
                return SynthesisedText(text=None)
            try:
                return SynthesisedText(
                    text=checked_fact_text(made.text or ""), summary=short_summary(made.summary)
                )
            except RuleViolation as violation:
                logger.warning("fact_synthesis.not_usable", code=violation.code)
        by_rule = synthesise(question.source_type, question.asked, question.raw_input)
        return SynthesisedText(
            text=by_rule.text if by_rule else None, summary=by_rule.summary if by_rule else None
        )

    async def _ask_model(
        self, request: SynthesiseFact, question: FactSynthesisRequest
    ) -> SynthesisedFact | None:
        """What the model makes of it; None without a model, or with one that does not answer in time."""
        pilot = self._pilots.primary
        started = time.monotonic()
        try:
            async with asyncio.timeout(MODEL_WAITS):
                made = await pilot.synthesise_fact(question)
        except PilotUnavailable as error:
            if (error.retry_after or 0) <= LONGEST_RETRY_AFTER and not _is_last_attempt():
                delay = None if error.retry_after is None else timedelta(seconds=error.retry_after)
                raise ApplicationError(
                    error.reason, type="pilot_unavailable", next_retry_delay=delay
                ) from None
            made = None
            logger.warning("fact_synthesis.model_unavailable", reason=type(error).__name__)
        except (PilotRejected, TimeoutError) as error:
            made = None
            logger.warning("fact_synthesis.model_unavailable", reason=type(error).__name__)
        await reached(CrashPoint.AFTER_MODEL)
        if made is not None:
            async with self._database.tenant(request.account_id) as db:
                db.add(
                    llm_call_row(
                        account_id=request.account_id,
                        session_id=request.session_id,
                        action=ModelAction.FACT_SYNTHESIS.value,
                        provider=pilot.provider,
                        model=made.model,
                        usage=made.usage,
                        seconds=time.monotonic() - started,
                        attempt=activity.info().attempt,
                    )
                )
        return made


def _is_last_attempt() -> bool:
    policy = activity.info().retry_policy
    return policy is not None and 0 < policy.maximum_attempts <= activity.info().attempt
