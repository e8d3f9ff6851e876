"""Hostile image files, any number of them: file n is always the same, whoever asks.

The first ones are made by hand (bombs, polyglots, giant profiles, 10,000 frames); the others are sound files of every
format that were cut, spliced, overwritten and fuzzed, in their headers above all.
"""

import random
import struct
import zlib
from collections.abc import Callable
from functools import cache

from PIL import Image

from tests.media import pictures, profiles
from tests.media.pictures import FOREIGN, SOUND, file_of, png, quadrants

MB = 1024 * 1024

# Values that sizes and counts in headers are set to.
_EDGES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def hostile(number: int) -> tuple[str, bytes]:
    """Return what kind of file this is, and the file."""
    made = _by_hand()
    if number < len(made):
        return made[number]
    chance = random.Random(number)
    name = chance.choice(sorted(SOUND))
    kind, spoil = chance.choice(_SPOILERS)
    return f"{kind}, {name}", spoil(_sound(name), chance)


@cache
def _sound(name: str) -> bytes:
    return SOUND[name]()


@cache
def _by_hand() -> tuple[tuple[str, bytes], ...]:
    sound, profile = _sound("PNG"), profiles.matrix_profile(profiles.DISPLAY_P3, 2.2)
    zeros = zlib.compress(bytes(60 * MB), 9)
    return (
        *((f"foreign, {name}", data) for name, data in FOREIGN.items()),
        *((f"foreign named as ours, {name}", _sound("JPEG")[:20] + data) for name, data in FOREIGN.items()),
        ("bomb, 50,000 x 50,000", png(50_000, 50_000)),
        ("bomb, within the limit, 7700 x 7700", _gray_png(7700, 7700)),
        ("bomb, one row of pixels", png(2**31 - 1, 1)),
        ("bomb, text of 60 MB in a chunk", sound[:33] + _chunk(b"zTXt", b"x\0\0" + zeros) + sound[33:]),
        ("bomb, profile of 60 MB in a chunk", sound[:33] + _chunk(b"iCCP", b"x\0\0" + zeros) + sound[33:]),
        ("bomb, GIF of 10,000 frames", pictures.long_gif(10_000)),
        ("bomb, GIF of 900,000 frames", pictures.long_gif(900_000)),
        ("bomb, JPEG of 65,500 x 65,500", _resized_jpeg(65_500, 65_500)),
        ("bomb, JPEG XL of 2^30 x 2^30", b"\xff\x0a" + _jxl_size(1 << 30)),
        ("bomb, TIFF with a loop of directories", _looping_tiff()),
        ("giant profile, 7 MB", file_of(quadrants(), "PNG", icc_profile=profile + bytes(7 * MB))),
        ("giant profile, 12 MB", file_of(quadrants(), "PNG", icc_profile=profile + bytes(12 * MB))),
        ("polyglot, page behind a GIF", _sound("GIF") + b"<html><script>alert(1)</script>"),
        ("polyglot, archive behind a JPEG", _sound("JPEG") + FOREIGN["zip"]),
        ("polyglot, GIF that is a script", b"GIF89a/*" + bytes(8) + b"*/=1;alert(1)" + _sound("GIF")),
        ("polyglot, drawing behind a PNG signature", b"\x89PNG\r\n\x1a\n" + pictures.SVG),
        ("wrong name, JPEG in PNG's clothes", b"\x89PNG\r\n\x1a\n" + _sound("JPEG")),
        ("wrong name, AVIF brand on HEIC", _sound("HEIC").replace(b"ftypheic", b"ftypavif", 1)),
        ("wrong name, HEIC brand on AVIF", _sound("AVIF").replace(b"ftypavif", b"ftypheic", 1)),
    )


def _gray_png(width: int, height: int) -> bytes:
    """As many pixels as we take, in a few kilobytes."""
    return png(width, height, bytes((width + 1) * height))


def _resized_jpeg(width: int, height: int) -> bytes:
    data = bytearray(_sound("JPEG"))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def _jxl_size(side: int) -> bytes:
    """A header for a square: not small, 30 bits of height, ratio 1:1."""
    bits = 0 | (3 << 1) | ((side - 1) << 3) | (1 << 33)
    return bits.to_bytes(8, "little")


def _looping_tiff() -> bytes:
    """A directory that names itself as the next."""
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<HHHII", 1, 256, 3, 1, 8) + struct.pack("<I", 8)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _overwrite(data: bytes, chance: random.Random, most: int) -> bytes:
    spoilt = bytearray(data)
    for _ in range(chance.randint(1, 12)):
        spoilt[chance.randrange(min(most, len(data)))] = chance.randrange(256)
    return bytes(spoilt)


def _header_bytes(data: bytes, chance: random.Random) -> bytes:
    return _overwrite(data, chance, 160)


def _any_bytes(data: bytes, chance: random.Random) -> bytes:
    return _overwrite(data, chance, len(data))


def _header_numbers(data: bytes, chance: random.Random) -> bytes:
    spoilt = bytearray(data)
    for _ in range(chance.randint(1, 3)):
        width = chance.choice((1, 2, 4))
        at = chance.randrange(max(1, min(200, len(data) - width)))
        value = chance.choice(_EDGES) & ((1 << 8 * width) - 1)
        spoilt[at : at + width] = value.to_bytes(width, chance.choice(("big", "little")))
    return bytes(spoilt)


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(1, len(data))]


def _spliced(data: bytes, chance: random.Random) -> bytes:
    other = _sound(chance.choice(sorted(SOUND)))
    return data[: chance.randrange(1, len(data))] + other[chance.randrange(len(other)) :]


def _repeated(data: bytes, chance: random.Random) -> bytes:
    begin = chance.randrange(len(data))
    end = min(len(data), begin + chance.randint(1, 200))
    return data[:end] + data[begin:end] * chance.randint(1, 50) + data[end:]


def _without_a_piece(data: bytes, chance: random.Random) -> bytes:
    begin = chance.randrange(4, len(data))
    return data[:begin] + data[begin + chance.randint(1, 40) :]


def _fuzzed_profile(_: bytes, chance: random.Random) -> bytes:
    mode = chance.choice(("RGB", "RGBA", "L", "CMYK"))
    made = chance.choice((profiles.press_profile, lambda: profiles.gray_profile(1.8), _p3))()
    spoilt = chance.choice((_header_bytes, _header_numbers, _cut, _any_bytes))(made, chance)
    encoder = "TIFF" if mode == "CMYK" else "PNG"
    return file_of(Image.new(mode, (24, 16), 90 if mode == "L" else None), encoder, icc_profile=spoilt)


def _p3() -> bytes:
    return profiles.matrix_profile(profiles.DISPLAY_P3, 2.2)


def _fuzzed_exif(_: bytes, chance: random.Random) -> bytes:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "x" * 40
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    spoilt = b"Exif\0\0" + _any_bytes(exif.tobytes()[6:], chance)
    return file_of(quadrants(), chance.choice(("JPEG", "PNG", "WEBP")), exif=spoilt)


_Spoiler = Callable[[bytes, random.Random], bytes]
_SPOILERS: tuple[tuple[str, _Spoiler], ...] = (
    ("bytes of the header", _header_bytes),
    ("bytes of the header", _header_bytes),
    ("numbers of the header", _header_numbers),
    ("numbers of the header", _header_numbers),
    ("bytes anywhere", _any_bytes),
    ("cut off", _cut),
    ("two files in one", _spliced),
    ("a piece repeated", _repeated),
    ("a piece missing", _without_a_piece),
    ("profile", _fuzzed_profile),
    ("EXIF", _fuzzed_exif),
)
