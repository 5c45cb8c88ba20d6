"""A file is what its content says. Whatever lies about itself, or could run code, is refused."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.files.content_type import PDF as PDF_TYPE
from infra.files.content_type import UTF_8, UTF_16, TypeNotAllowed, decode_text, identify
from infra.files.pictures import TooManyPixels
from tests.unit.uploads.pictures import EXE, HTML, PDF, SVG, ZIP, animation, bomb, opened, picture, turned


@pytest.mark.parametrize(
    ("kind", "content_type"),
    [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp"), ("GIF", "image/gif")],
)
def test_pictures_are_recognised_measured_and_made_small(kind: str, content_type: str) -> None:
    found = identify(picture(kind, (900, 450)))
    assert found.content_type == content_type
    assert found.picture is not None
    assert (found.picture.width, found.picture.height) == (900, 450)
    assert found.thumbnail is not None
    assert opened(found.thumbnail.data).size == (320, 160)


@pytest.mark.parametrize(
    "text",
    [
        b"plain words",
        b"2026-11-20T10:00:00Z ERROR \x1b[31mdisk full\x1b[0m\r\n",
        "Größe überschritten — 日本".encode(),
        codecs.BOM_UTF8 + b"with a mark",
        b'{"json": "is text"}',
        b'<?xml version="1.0"?><Event><System/></Event>',
        b"curl answered: <html><body>502</body></html>",
        b"svg is a kind of picture",
        b"<htmlish> is no element of HTML",
        b"%!PS is text",
    ],
)
def test_text_and_logs_are_text_whatever_is_quoted_in_them(text: bytes) -> None:
    assert identify(text).content_type == UTF_8


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_the_text_that_windows_writes_is_text_when_it_says_so(encoding: str) -> None:
    mark = {"utf-16": b"", "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}[encoding]
    data = mark + "Fehler: Größe\r\n".encode(encoding)
    assert identify(data).content_type == UTF_16
    assert decode_text(data) == "Fehler: Größe\r\n"


def test_a_pdf_is_a_pdf() -> None:
    assert identify(PDF).content_type == PDF_TYPE


@pytest.mark.parametrize(
    "data",
    [
        EXE,
        ZIP,
        b"\x7fELF" + bytes(200),
        b"text with \x00 in it",
        b"latin-1: Gr\xf6\xdfe",
        "without a mark".encode("utf-16-le"),
        codecs.BOM_UTF16_LE + b"odd",
        codecs.BOM_UTF16_LE + b"\x00\xd8a\x00",
        bytes(1000),
        b"BM" + bytes(100),
        b"II*\x00" + bytes(100),
        b"\x00\x00\x00\x1cftypheic" + bytes(100),
        b"RIFF\x00\x00\x00\x00AVI LIST" + bytes(range(128, 200)),
    ],
)
def test_anything_else_is_refused_and_told_what_would_be_accepted(data: bytes) -> None:
    with pytest.raises(TypeNotAllowed, match=r"PNG, JPEG, WebP, GIF.*PDF"):
        identify(data)


@pytest.mark.parametrize(
    "data",
    [
        SVG,
        HTML,
        b"<svg onload=alert(1)>",
        b"\n\n  <SVG/onload=alert(1)>",
        codecs.BOM_UTF8 + b"<svg>",
        b"<!-- a picture --><?xml-stylesheet href='x'?>\n<!-- - -- --><svg>",
        b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd"><svg>',
        b"<s:svg xmlns:s='http://www.w3.org/2000/svg'>",
        b"<html>",
        b"<!doctype\n html>",
        b"<!-- x --><script>alert(1)</script>",
        codecs.BOM_UTF16_LE + "<svg>".encode("utf-16-le"),
        codecs.BOM_UTF16_BE + "<!DOCTYPE html>".encode("utf-16-be"),
    ],
)
def test_svg_and_html_are_refused_in_every_disguise(data: bytes) -> None:
    with pytest.raises(TypeNotAllowed, match="SVG and HTML"):
        identify(data)


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n" + HTML,
        b"GIF89a" + b"=1;alert(1)//",
        b"GIF89a<svg onload=alert(1)>",
        b"\xff\xd8\xff\xe0" + SVG,
        b"RIFF\x10\x00\x00\x00WEBP" + HTML,
        picture("PNG")[:400],
        picture("JPEG")[:400],
        picture("GIF")[:40],
    ],
)
def test_what_only_begins_like_a_picture_is_refused(data: bytes) -> None:
    with pytest.raises(TypeNotAllowed, match="begins like a picture"):
        identify(data)


@pytest.mark.parametrize("tail", [HTML, SVG, ZIP])
def test_what_hides_behind_a_whole_picture_is_never_in_what_is_made_of_it(tail: bytes) -> None:
    found = identify(picture("PNG") + tail)
    assert found.content_type == "image/png", "and is served as one, with sniffing forbidden"
    assert found.thumbnail is not None
    assert tail not in found.thumbnail.data


@pytest.mark.parametrize("side", [8_000, 20_000, 60_000])
def test_a_few_kilobytes_that_claim_a_huge_picture_are_refused_before_decoding(side: int) -> None:
    data = bomb(side)
    assert len(data) < 10_000
    with pytest.raises(TooManyPixels):
        identify(data)


def test_a_picture_that_is_turned_is_measured_as_it_is_shown() -> None:
    found = identify(turned(6, (640, 480)))
    assert found.picture is not None
    assert (found.picture.width, found.picture.height) == (480, 640)


def test_an_animation_is_the_picture_of_its_first_frame() -> None:
    found = identify(animation())
    assert found.thumbnail is not None
    red, green, _ = opened(found.thumbnail.data).convert("RGB").getpixel((5, 5))  # type: ignore[misc]
    assert red > 200
    assert green < 60


def test_a_comment_that_never_ends_costs_no_time() -> None:
    assert identify(b"<!--" + b"-<!--" * 100_000).content_type == UTF_8
    assert identify(b"<?" * 200_000).content_type == UTF_8


@given(st.binary(min_size=1, max_size=400))
def test_any_bytes_are_identified_or_refused_and_nothing_else(data: bytes) -> None:
    try:
        found = identify(data)
    except TypeNotAllowed:
        return
    assert found.content_type in (UTF_8, UTF_16, PDF_TYPE)
