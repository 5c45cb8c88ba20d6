"""Pictures and files that tests send, honest ones and others."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import ExifTags, Image

SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html>\n<html><script>alert(1)</script></html>"
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
ZIP = b"PK\x03\x04\x14\x00\x00\x00\x08\x00" + bytes(range(200, 256)) * 4
EXE = b"MZ\x90\x00\x03\x00\x00\x00" + b"\x00" * 200


def picture(
    kind: str = "PNG", size: tuple[int, int] = (640, 480), mode: str = "RGB", **options: Any
) -> bytes:
    """A picture whose upper left quarter is red on blue, so that one sees how it was turned."""
    image = Image.new("RGBA", size, (0, 0, 255, 255))
    image.paste((255, 0, 0, 255), (0, 0, size[0] // 2, size[1] // 2))
    buffer = io.BytesIO()
    image.convert(mode).save(buffer, kind, **options)
    return buffer.getvalue()


def tagged(kind: str, orientation: int = 1, size: tuple[int, int] = (640, 480), **options: Any) -> bytes:
    """A picture that says how it must be turned, and which camera took it."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Make] = "CameraOfACustomer"
    return picture(kind, size, exif=exif, **options)


def turned(orientation: int, size: tuple[int, int] = (640, 480)) -> bytes:
    """A photograph of a camera that was held otherwise."""
    return tagged("JPEG", orientation, size, comment=b"a comment of a customer")


def saved(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def noise(kind: str, size: tuple[int, int]) -> bytes:
    """A picture that does not compress, as photographs do not."""
    buffer = io.BytesIO()
    Image.effect_noise(size, 80).convert("RGB").save(buffer, kind)
    return buffer.getvalue()


def animation(size: tuple[int, int] = (400, 300)) -> bytes:
    """A GIF whose first frame is red and whose second is green."""
    red, green = (Image.new("RGB", size, colour) for colour in ("red", "green"))
    buffer = io.BytesIO()
    red.save(buffer, "GIF", save_all=True, append_images=[green], duration=100)
    return buffer.getvalue()


def bomb(side: int) -> bytes:
    """A PNG of a few kB that claims to be `side` × `side`: all its pixels are the same."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(100_000)))
        + chunk(b"IEND", b"")
    )


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def is_red(colour: Any) -> bool:
    return bool(colour[0] > 200 and colour[2] < 60)


def is_blue(colour: Any) -> bool:
    return bool(colour[2] > 200 and colour[0] < 60)
