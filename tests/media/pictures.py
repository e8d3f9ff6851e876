"""Image files made for the tests, good ones and hostile ones."""

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pillow_heif
import pylibjxl
from PIL import Image


def file_of(image: Image.Image, encoder: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, encoder, **options)
    return file.getvalue()


def opened(body: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(body))
    image.load()
    return image


def quadrants(width: int = 64, height: int = 32) -> Image.Image:
    """Red, green over blue, white: tells every way of turning from every other."""
    image = Image.new("RGB", (width, height), "white")
    for colour, left, top in (("red", 0, 0), ("lime", width // 2, 0), ("blue", 0, height // 2)):
        image.paste(colour, (left, top, left + width // 2, top + height // 2))
    return image


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    bands = [Image.effect_noise((width, height), 80) for _ in Image.new(mode, (1, 1)).getbands()]
    return Image.merge(mode, bands) if len(bands) > 1 else bands[0]


def animation(frames: int, size: tuple[int, int] = (16, 16), encoder: str = "GIF", **options: Any) -> bytes:
    """Frames of different colours, 50 ms each."""
    pictures = [Image.new("RGB", size, (number * 37 % 256, number * 91 % 256, number * 53 % 256))
                for number in range(frames)]  # fmt: skip
    settings = {"save_all": True, "append_images": pictures[1:], "duration": 50} | options
    return file_of(pictures[0], encoder, **settings)


def long_gif(frames: int) -> bytes:
    """A GIF of very many frames in very few bytes: 1 x 1 pixel each, 17 bytes a frame."""
    header = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02D\x01\x00"
    return header + frame * frames + b";"


def png(width: int, height: int, rows: bytes = b"") -> bytes:
    """A PNG, 8-bit gray, that claims this size and has these rows."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(rows))
        + _chunk(b"IEND", b"")
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def heic(image: Image.Image, **options: Any) -> bytes:
    """A HEIC file. What we ship cannot write any, so the tests have a library of their own."""
    file = io.BytesIO()
    pillow_heif.from_pillow(image).save(file, **{"quality": 90} | options)
    return file.getvalue()


def jpeg_xl(image: Image.Image, **options: Any) -> bytes:
    return pylibjxl.encode(np.ascontiguousarray(image), **{"effort": 3} | options)


def without_segment(jpeg: bytes, marker: int) -> bytes:
    """A JPEG without its segments of one kind (0xEE: Adobe's)."""
    kept, at = jpeg[:2], 2
    while jpeg[at + 1] != 0xDA:
        length = 2 + int.from_bytes(jpeg[at + 2 : at + 4])
        kept += b"" if jpeg[at + 1] == marker else jpeg[at : at + length]
        at += length
    return kept + jpeg[at:]


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n(/etc/passwd) run\n%%EOF\n"
PSD = b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, 4, 4, 8, 3) + b"\0" * 12 + b"\0\0" + b"\0" * 48
FITS = b"SIMPLE  =                    T".ljust(2880)
GD = b"\xff\xfe" + struct.pack(">HHB", 4, 4, 1) + b"\xff" * 64

FOREIGN = {"svg": SVG, "eps": EPS, "psd": PSD, "fits": FITS, "gd": GD, "html": b"<html><body>hello</body></html>",
           "zip": b"PK\3\4" + b"\0" * 64, "pdf": b"%PDF-1.7\n", "text": b"GIF", "one byte": b"\xff"}  # fmt: skip

SOUND: dict[str, Callable[[], bytes]] = {
    "JPEG": lambda: file_of(quadrants(), "JPEG", quality=95),
    "progressive JPEG": lambda: file_of(quadrants(), "JPEG", progressive=True),
    "gray JPEG": lambda: file_of(quadrants().convert("L"), "JPEG"),
    "CMYK JPEG": lambda: file_of(quadrants().convert("CMYK"), "JPEG"),
    "MPO": lambda: file_of(quadrants(), "MPO", save_all=True, append_images=[quadrants()]),
    "PNG": lambda: file_of(quadrants(), "PNG"),
    "palette PNG": lambda: file_of(quadrants().quantize(8), "PNG"),
    "16-bit PNG": lambda: file_of(Image.new("I;16", (64, 32), 30000), "PNG"),
    "bilevel PNG": lambda: file_of(Image.new("1", (64, 32), 1), "PNG"),
    "alpha PNG": lambda: file_of(Image.new("RGBA", (64, 32), (255, 0, 0, 100)), "PNG"),
    "WebP": lambda: file_of(quadrants(), "WEBP"),
    "lossless WebP": lambda: file_of(quadrants().convert("RGBA"), "WEBP", lossless=True),
    "AVIF": lambda: file_of(quadrants(), "AVIF"),
    "HEIC": lambda: heic(quadrants()),
    "alpha HEIC": lambda: heic(Image.new("RGBA", (64, 32), (255, 0, 0, 100))),
    "JPEG XL": lambda: jpeg_xl(quadrants()),
    "lossless JPEG XL": lambda: jpeg_xl(quadrants().convert("RGBA"), lossless=True),
    "gray JPEG XL": lambda: jpeg_xl(quadrants().convert("L"), lossless=True),
    "GIF": lambda: file_of(quadrants(), "GIF"),
    "TIFF": lambda: file_of(quadrants(), "TIFF"),
    "LZW TIFF": lambda: file_of(quadrants(), "TIFF", compression="tiff_lzw"),
    "CMYK TIFF": lambda: file_of(quadrants().convert("CMYK"), "TIFF"),
    "Lab TIFF": lambda: file_of(Image.new("LAB", (64, 32), (128, 128, 128)), "TIFF"),
    "BMP": lambda: file_of(quadrants(), "BMP"),
    "animated GIF": lambda: animation(5),
    "animated WebP": lambda: animation(5, encoder="WEBP"),
    "animated PNG": lambda: animation(5, encoder="PNG"),
    "animated AVIF": lambda: animation(5, encoder="AVIF"),
}
