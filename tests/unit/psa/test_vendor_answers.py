"""Answers are read defensively: odd dates, missing keys, both forms of Retry-After."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.psa import PsaError
from infra.psa.cache import TimedCache
from infra.psa.connectwise import translation
from infra.psa.connectwise.failures import MAX_WORDS, failure, own_words, retry_after
from infra.psa.connectwise.models import RawMember, RawNote, RawTicket

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@given(st.binary(max_size=300), st.integers(300, 599))
def test_no_body_is_too_odd_for_an_error(body: bytes, status: int) -> None:
    error = failure(status, httpx.Headers(), body, is_write=False)
    assert isinstance(error, PsaError)
    assert error.message
    assert "\x00" not in error.message


def test_a_very_long_answer_is_cut() -> None:
    assert len(own_words(400, b"x" * 5000)) == MAX_WORDS


@pytest.mark.parametrize(("value", "seconds"), [("30", 30.0), ("", None), ("soon", None), ("99999", 3600.0)])
def test_a_wait_in_seconds_is_understood(value: str, seconds: float | None) -> None:
    assert retry_after(httpx.Headers({"Retry-After": value})) == seconds


def test_a_wait_as_a_date_is_understood() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    seconds = retry_after(httpx.Headers({"Retry-After": later}))
    assert seconds is not None
    assert 0 < seconds <= 90
    past = format_datetime(datetime(2020, 1, 1, tzinfo=UTC), usegmt=True)
    assert retry_after(httpx.Headers({"Retry-After": past})) == 0.0


def test_a_ticket_with_nothing_but_a_number_is_a_ticket() -> None:
    row = translation.ticket_row(RawTicket.model_validate({"id": 7}), frozenset(), NOW)
    assert (row.id, row.summary, row.resources, row.sla, row.is_closed) == ("7", "", [], None, False)


@pytest.mark.parametrize("date", [None, "", "yesterday", 5, {"x": 1}])
def test_a_strange_date_does_not_hide_a_ticket(date: object) -> None:
    raw = RawTicket.model_validate({"id": 7, "_info": {"dateEntered": date}, "requiredDate": date})
    assert translation.ticket_row(raw, frozenset(), NOW).date_entered is None


def test_a_date_without_zone_is_utc() -> None:
    raw = RawTicket.model_validate({"id": 7, "_info": {"dateEntered": "2026-01-02T03:04:05"}})
    assert translation.ticket_row(raw, frozenset(), NOW).date_entered == datetime(
        2026, 1, 2, 3, 4, 5, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("required", "in_sla", "minutes", "breached"),
    [
        ("2026-03-01T13:30:00Z", True, 90, False),
        ("2026-03-01T11:00:00Z", False, -60, True),
        (None, True, None, False),
    ],
)
def test_the_sla_counts_down_to_the_due_date(
    required: str | None, in_sla: bool, minutes: int | None, breached: bool
) -> None:
    raw = RawTicket.model_validate({"id": 7, "requiredDate": required, "isInSla": in_sla})
    sla = translation.ticket_row(raw, frozenset(), NOW).sla
    assert sla is not None
    assert (sla.minutes_left, sla.breached) == (minutes, breached)


@pytest.mark.parametrize(
    ("text", "names"),
    [(None, []), ("", []), ("jo", ["jo"]), ("jo, john", ["jo", "john"]), (" jo ,,john ", ["jo", "john"])],
)
def test_resources_are_split_into_whole_names(text: str | None, names: list[str]) -> None:
    assert translation.resources(text) == names


def test_a_members_e_mail_may_be_in_either_field_or_missing() -> None:
    base = {"id": 1, "identifier": "jo"}
    assert (
        translation.member(RawMember.model_validate({**base, "officeEmail": "jo@x.example"})).email
        == "jo@x.example"
    )
    assert translation.member(RawMember.model_validate({**base, "primaryEmail": None})).email is None
    assert translation.member(RawMember.model_validate(base)).name == "jo"


def test_the_legacy_flags_of_a_note_say_nothing_about_its_visibility() -> None:
    raw = RawNote.model_validate(
        {"id": 1, "text": "x", "internalFlag": True, "externalFlag": True, "internalAnalysisFlag": True}
    )
    assert [place.value for place in translation.note(raw).visibility] == ["internal"]


async def test_a_cached_value_is_loaded_again_when_its_time_is_over() -> None:
    now = 100.0
    loads: list[float] = []

    async def load() -> int:
        loads.append(now)
        return len(loads)

    cache: TimedCache[int] = TimedCache(60, clock=lambda: now)
    assert [await cache.get("a", load), await cache.get("a", load), await cache.get("b", load)] == [1, 1, 2]
    now = 160.0
    assert await cache.get("a", load) == 3
