"""Names of files, and what conversations say of them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.titles import TITLE_LIMIT
from domain.uploads import NAME_LIMIT, clean_file_name, files_line, is_picture, is_text, told_with_files


@dataclass(frozen=True)
class File:
    file_name: str
    content_type: str = "image/png"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("screenshot.png", "screenshot.png"),
        ("Bildschirmfoto 2026-11-20 um 10.00.00.png", "Bildschirmfoto 2026-11-20 um 10.00.00.png"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\windows\\system.ini", "system.ini"),
        ("../../..", "file"),
        ("", "file"),
        (" . ", "file"),
        ("\x00\x01\x7f", "file"),
        ("line\r\nSet-Cookie: x.png", "line Set-Cookie: x.png"),
        ("tab\there.log", "tab here.log"),
        ("exe\u202egnp.exe", "exegnp.exe"),
        ("zero\u200bwidth.png", "zerowidth.png"),
        ("half\ud800.png", "half.png"),
        (".hidden", "hidden"),
        ("u\u0308ber.txt", "\u00fcber.txt"),
        ("日本 語.png", "日本 語.png"),
        ('quote".png', 'quote".png'),
    ],
)
def test_a_file_name_is_one_line_without_folders_or_hidden_marks(sent: str, kept: str) -> None:
    assert clean_file_name(sent) == kept


def test_a_long_name_keeps_its_extension() -> None:
    kept = clean_file_name("a" * 400 + ".png")
    assert len(kept) == NAME_LIMIT
    assert kept.endswith("a.png")
    assert len(clean_file_name("b" * 400)) == NAME_LIMIT
    assert len(clean_file_name("a." + "c" * 400)) == NAME_LIMIT


@given(st.text(max_size=600))
def test_any_name_becomes_one_that_can_be_stored_and_stays_as_it_is_then(name: str) -> None:
    kept = clean_file_name(name)
    assert 1 <= len(kept) <= NAME_LIMIT
    assert not set("/\\\r\n\x00") & set(kept)
    assert not any(unicodedata.category(one) in ("Cc", "Cf", "Cs") for one in kept)
    kept.encode()
    assert clean_file_name(kept) == kept


def test_a_session_from_files_is_named_after_the_first() -> None:
    assert files_line([File("error.png")]) == "Screenshot: error.png"
    assert files_line([File("server.log", "text/plain; charset=utf-8")]) == "File: server.log"
    assert files_line([File("a.png"), File("b.png"), File("c.log")]) == "Screenshot: a.png and 2 more"
    assert len(files_line([File("x" * 255), File("b.png")])) <= TITLE_LIMIT
    assert files_line([File("x" * 255), File("b.png")]).endswith("… and 1 more")


def test_a_pilot_reads_later_which_files_came_with_a_message() -> None:
    assert told_with_files("Look at this", []) == "Look at this"
    assert told_with_files("Look at this", ["a.png", "b.log"]) == "Look at this\n[attached: a.png, b.log]"
    assert told_with_files(" ", ["a.png"]) == "[attached: a.png]"


def test_pictures_and_text_are_told_apart_by_their_type() -> None:
    assert is_picture("image/webp")
    assert not is_picture("image/svg+xml")
    assert is_text("text/plain; charset=utf-16")
    assert not is_text("text/html")
    assert not is_text("application/pdf")
