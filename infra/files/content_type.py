"""What a file is, by its content. Its name and what the sender declares count for nothing."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

import puremagic

from domain.uploads import TEXT_TYPE
from infra.files.pictures import Derived, NotAPicture, Picture, read_picture

PDF = "application/pdf"
UTF_8, UTF_16 = f"{TEXT_TYPE}; charset=utf-8", f"{TEXT_TYPE}; charset=utf-16"

_PICTURE_BEGINS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")
_HEAD = 64 * 1024
# What may stand before the first element of a document.
_PROLOGUE = re.compile(r"\s*(?:<\?[^>]*>|<!--(?:[^-]|-(?!->))*-->|<!doctype(?!\s+html)[^>]*>)", re.IGNORECASE)
_ACTIVE_DOCUMENT = re.compile(
    r"\s*<(?:!doctype\s+html|html|head|body|script|iframe|(?:\w+:)?svg)\b", re.IGNORECASE
)


class TypeNotAllowed(Exception):
    """The file is none of the accepted types. The message is a sentence for whoever sent it."""


@dataclass(frozen=True)
class Identified:
    """`picture` and `thumbnail` of pictures only."""

    content_type: str
    picture: Picture | None = None
    thumbnail: Derived | None = None


def identify(data: bytes) -> Identified:
    """What the bytes are: a picture that decodes, a PDF, or text. Takes a core for a moment: not for the event loop.

    Raises TypeNotAllowed, TooManyPixels.
    """
    if _begins_as_picture(data):
        try:
            picture, thumbnail = read_picture(data)
        except NotAPicture:
            raise TypeNotAllowed(
                "The file begins like a picture but cannot be read as one; it may be damaged."
            ) from None
        return Identified(picture.content_type, picture, thumbnail)
    if _is_pdf(data):
        return Identified(PDF)
    text = decode_text(data)
    if text is None:
        raise TypeNotAllowed("Send a picture (PNG, JPEG, WebP, GIF), a text or log file (UTF-8), or a PDF.")
    if _is_active_document(text):
        raise TypeNotAllowed("SVG and HTML files can run code and are not accepted. Send a screenshot of it.")
    return Identified(UTF_16 if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else UTF_8)


def decode_text(data: bytes) -> str | None:
    """The text in UTF-8, or in UTF-16 that says so in its first bytes, as Windows writes it; else None."""
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "\x00" in text else text


def _begins_as_picture(data: bytes) -> bool:
    return data.startswith(_PICTURE_BEGINS) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")


def _is_pdf(data: bytes) -> bool:
    try:
        return any(match.mime_type == PDF for match in puremagic.magic_string(data))
    except puremagic.PureError:
        return False  # nothing that it knows


def _is_active_document(text: str) -> bool:
    """Whether the text is a document that a browser would run, whatever stands before its first element."""
    head, at = text[:_HEAD], 0
    while (before := _PROLOGUE.match(head, at)) is not None:
        at = before.end()
    return _ACTIVE_DOCUMENT.match(head, at) is not None
