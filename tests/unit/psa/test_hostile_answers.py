"""Whoever connects a server of their own as a PSA can answer what they like: it costs nobody else a moment.

A rule that takes quadratic time does not end within the test's time limit.
"""

from __future__ import annotations

import httpx
import pytest

from domain.psa import PsaError
from infra.psa.connectwise.failures import failure, is_misrouted, retry_after
from infra.psa.connectwise.transport import MAX_ANSWER_BYTES, next_page, parse_answer

LONG = 2 * 1024 * 1024
HEADER = 100 * 1024

pytestmark = pytest.mark.timeout(30)


@pytest.mark.parametrize(
    "body", ["<title", "<title>", "<TITLE a>", "<", "client ", "{", '{"a":', "[", "&amp;", " ", "<\n", "\x00"]
)
@pytest.mark.parametrize("status", [400, 404, 502])
def test_a_refusal_of_any_length_has_its_words(body: str, status: int) -> None:
    sent = (body * (LONG // len(body))).encode()
    error = failure(status, httpx.Headers(), sent, is_write=True)
    assert 0 < len(error.message) <= 1000
    is_misrouted(status, sent)


def test_the_title_of_a_page_is_told() -> None:
    page = b"<html><head>\n<Title lang=en>Bad\n gateway &amp; more</TITLE>"
    words = failure(502, httpx.Headers(), page, is_write=False).message
    assert words == "ConnectWise answered 502 with a web page: Bad gateway & more"
    for cut in (b"<html><title>Bad gate", b"<html><title", b"<html></title>", b"<titles>x</titles>"):
        assert failure(502, httpx.Headers(), cut, is_write=False).message.endswith("a web page.")


@pytest.mark.parametrize("body", [b"[" * LONG, b'{"a":' * LONG, b"9" * LONG, b'"', b"\xff"])
def test_an_answer_that_is_nested_too_deep_or_no_json_is_no_answer(body: bytes) -> None:
    assert len(body) < MAX_ANSWER_BYTES
    with pytest.raises(PsaError):
        parse_answer(body, status=200, is_write=False)


@pytest.mark.parametrize(
    "link", ["<", "<>;", "<>", "<> ;", "<>;rel=", ",", '<?page=2>; rel="nex', "<>; a,", "rel "]
)
def test_a_link_header_of_any_length_is_read(link: str) -> None:
    assert next_page(link * (HEADER // len(link)), 1, full=True) is None


@pytest.mark.parametrize("number", ["²", "٣", "9" * 5000, "-1", "1", "", "2.5", "1e3"])
def test_a_next_page_that_is_no_number_after_this_one_is_none(number: str) -> None:
    assert next_page(f'<https://psa.example/x?page={number}>; rel="next"', 1, full=True) is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("²", None),
        ("٣", None),
        ("9" * 5000, 3600.0),
        ("Mon, 01 Jan 2001 00:00:00 +99999999999999999999", None),
        ("Mon, 01 Jan 99999 00:00:00 GMT", None),
        ("soon", None),
        ("120", 120.0),
    ],
)
def test_a_time_to_wait_is_understood_or_left_out(value: str, seconds: float | None) -> None:
    headers = httpx.Headers([(b"Retry-After", value.encode("utf-8"))])
    assert retry_after(headers) == seconds
