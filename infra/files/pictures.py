"""Pictures: measured, verified by decoding, and made smaller. Derived pictures carry no metadata of the original."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from PIL import ExifTags, Image, ImageOps

T = TypeVar("T")

PIXEL_LIMIT = 50_000_000
"""More than any camera or screen of an engineer has; a file of a few kB can claim far more."""
THUMBNAIL_SIDE = 320
MODEL_SIDE = 1568
"""Pixels of the long side beyond which a model sees no more."""

JPEG, PNG = "image/jpeg", "image/png"
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
_CONTENT_TYPES = {"PNG": PNG, "JPEG": JPEG, "MPO": JPEG, "WEBP": "image/webp", "GIF": "image/gif"}
_QUALITY = 85
_DEEP = frozenset({"I", "I;16", "I;16B", "I;16L", "I;16N", "F"})
_TURNED = range(5, 9)
"""Values of the orientation tag that swap width and height."""

# Decoding takes memory and a core: few at a time, and never in the threads that others wait for.
_THREADS = ThreadPoolExecutor(2, thread_name_prefix="pictures")


class NotAPicture(Exception):
    """The bytes cannot be decoded as one of the accepted formats."""


class TooManyPixels(Exception):
    """The picture claims to be larger than PIXEL_LIMIT; nothing of it was decoded."""


@dataclass(frozen=True)
class Picture:
    """What a picture turned out to be. Width and height are as it is shown, after its orientation."""

    content_type: str
    width: int
    height: int


@dataclass(frozen=True)
class Derived:
    """A smaller form of a picture."""

    content_type: str
    data: bytes


async def off_the_loop(work: Callable[[], T]) -> T:
    """Run picture work in its own threads."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, work)


def read_picture(data: bytes) -> tuple[Picture, Derived]:
    """Verify a picture by decoding it; answers what it is and its thumbnail.

    Raises NotAPicture, TooManyPixels.
    """
    opened = _open(data)
    width, height = opened.size
    small, turned = _shrink(opened, THUMBNAIL_SIDE)
    if turned:
        width, height = height, width
    picture = Picture(_CONTENT_TYPES[opened.format or ""], width, height)
    return picture, Derived(PNG, _png(small)) if _has_alpha(small) else Derived(JPEG, _jpeg(small))


def prepare_for_model(data: bytes) -> Derived:
    """At most 1568 px on the long side, upright, first frame only, as PNG or JPEG, whichever is smaller.

    A photograph stays a JPEG. Raises NotAPicture, TooManyPixels.
    """
    opened = _open(data)
    photograph = _CONTENT_TYPES[opened.format or ""] == JPEG
    small, _ = _shrink(opened, MODEL_SIDE)
    lossy = _jpeg(small)
    if photograph:
        return Derived(JPEG, lossy)
    exact = _png(small)
    return Derived(JPEG, lossy) if len(lossy) < len(exact) else Derived(PNG, exact)


def _open(data: bytes) -> Image.Image:
    """Reads the header only; no pixel is decoded yet."""
    try:
        opened = Image.open(io.BytesIO(data), formats=_FORMATS)
    except Image.DecompressionBombError:
        raise TooManyPixels from None
    except Exception as error:
        raise NotAPicture from error
    width, height = opened.size
    if width * height > PIXEL_LIMIT:
        raise TooManyPixels
    return opened


def _shrink(opened: Image.Image, side: int) -> tuple[Image.Image, bool]:
    """Decode, make smaller, turn upright, drop everything but the pixels. In mode L, RGB or RGBA.

    The flag says that turning it upright has swapped width and height.
    """
    try:
        # A JPEG can be decoded at a fraction of its size; other formats ignore this.
        opened.draft(None, (side, side))
        opened.load()
        turned = opened.getexif().get(ExifTags.Base.Orientation) in _TURNED
        plain = _plain(opened)
        plain.thumbnail((side, side), Image.Resampling.LANCZOS)
        upright = ImageOps.exif_transpose(plain)
    except Exception as error:
        # Decoders raise whatever a broken file makes them raise.
        raise NotAPicture from error
    upright.info.clear()
    return upright, turned


def _plain(image: Image.Image) -> Image.Image:
    """In a mode that can be scaled smoothly and saved as PNG and JPEG."""
    if image.mode in ("L", "RGB", "RGBA"):
        return image if "transparency" not in image.info else image.convert("RGBA")
    if image.mode in _DEEP:
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    alpha = image.mode in ("LA", "PA", "La", "RGBa") or "transparency" in image.info
    return image.convert("RGBA" if alpha else "RGB")


def _has_alpha(image: Image.Image) -> bool:
    return image.mode == "RGBA"


def _jpeg(image: Image.Image) -> bytes:
    """What is transparent becomes white, as on a page."""
    if _has_alpha(image):
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image).convert("RGB")
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
