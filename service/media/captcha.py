"""Letters for a person to read, drawn so that a program has some work with them: text -> PNG, without any library.

A speed bump, not a wall: what keeps robots out is the rate limit, and an administrator who reads applications.
"""

import math
import random
import secrets
import struct
import zlib

WIDTH, HEIGHT = 220, 80  # pixels
LENGTH = 5  # letters
LINES = 4

# Rows of five dots, the topmost first; none that could be taken for another.
GLYPHS = {
    "A": (0x0E, 0x11, 0x11, 0x1F, 0x11, 0x11, 0x11),
    "C": (0x0E, 0x11, 0x10, 0x10, 0x10, 0x11, 0x0E),
    "E": (0x1F, 0x10, 0x10, 0x1E, 0x10, 0x10, 0x1F),
    "F": (0x1F, 0x10, 0x10, 0x1E, 0x10, 0x10, 0x10),
    "H": (0x11, 0x11, 0x11, 0x1F, 0x11, 0x11, 0x11),
    "K": (0x11, 0x12, 0x14, 0x18, 0x14, 0x12, 0x11),
    "L": (0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x1F),
    "M": (0x11, 0x1B, 0x15, 0x15, 0x11, 0x11, 0x11),
    "N": (0x11, 0x19, 0x15, 0x13, 0x11, 0x11, 0x11),
    "P": (0x1E, 0x11, 0x11, 0x1E, 0x10, 0x10, 0x10),
    "R": (0x1E, 0x11, 0x11, 0x1E, 0x14, 0x12, 0x11),
    "T": (0x1F, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04),
    "X": (0x11, 0x11, 0x0A, 0x04, 0x0A, 0x11, 0x11),
    "Y": (0x11, 0x11, 0x0A, 0x04, 0x04, 0x04, 0x04),
    "3": (0x1E, 0x01, 0x01, 0x0E, 0x01, 0x01, 0x1E),
    "4": (0x02, 0x06, 0x0A, 0x12, 0x1F, 0x02, 0x02),
    "7": (0x1F, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08),
}
COLUMNS, ROWS = 5, 7
PAPER, INK = 255, 40


def new_letters() -> str:
    """Return letters that nobody can foresee."""
    return "".join(secrets.choice(tuple(GLYPHS)) for _ in range(LENGTH))


def draw(letters: str) -> bytes:
    """Return a picture of the letters, each time another one; takes a few hundredths of a second.

    Parameters:
        letters: of GLYPHS.
    """
    chance = random.SystemRandom()
    grey = [bytearray([PAPER]) * WIDTH for _ in range(HEIGHT)]
    wave = _wave(chance)
    for place, letter in enumerate(letters):
        _draw_letter(grey, GLYPHS[letter], place, len(letters), wave, chance)
    for _ in range(LINES):
        _draw_line(grey, chance)
    return _png(grey)


Wave = tuple[float, float, float]  # height and length in pixels, phase


def _wave(chance: random.Random) -> Wave:
    return chance.uniform(3, 6), chance.uniform(50, 90), chance.uniform(0, 2 * math.pi)


def _draw_letter(
    grey: list[bytearray],
    glyph: tuple[int, ...],
    place: int,
    places: int,
    wave: Wave,
    chance: random.Random,
) -> None:
    """Set each dot as a small square, turned about the letter's middle and carried by the wave."""
    height, length, phase = wave
    size, turn = chance.uniform(5.2, 6.4), chance.uniform(-0.35, 0.35)
    middle_x = WIDTH * (place + 0.5) / places + chance.uniform(-3, 3)
    middle_y = HEIGHT / 2 + chance.uniform(-5, 5)
    cosine, sine = math.cos(turn), math.sin(turn)
    steps = range(-3, 4)
    for row, bits in enumerate(glyph):
        for column in range(COLUMNS):
            if not bits >> (COLUMNS - 1 - column) & 1:
                continue
            for down in steps:
                for right in steps:
                    x = (column - (COLUMNS - 1) / 2 + right / 6) * size
                    y = (row - (ROWS - 1) / 2 + down / 6) * size
                    at_x = middle_x + x * cosine - y * sine
                    at_y = middle_y + x * sine + y * cosine + height * math.sin(at_x / length * 6 + phase)
                    _set(grey, round(at_x), round(at_y), INK)


def _draw_line(grey: list[bytearray], chance: random.Random) -> None:
    start, end = chance.uniform(0, HEIGHT), chance.uniform(0, HEIGHT)
    bow, phase = chance.uniform(4, 14), chance.uniform(0, 2 * math.pi)
    ink = chance.choice((INK, PAPER))  # some cut through the letters
    for x in range(WIDTH):
        y = start + (end - start) * x / WIDTH + bow * math.sin(x / 25 + phase)
        for thick in range(2):
            _set(grey, x, round(y) + thick, ink)


def _set(grey: list[bytearray], x: int, y: int, value: int) -> None:
    if 0 <= x < WIDTH and 0 <= y < HEIGHT:
        grey[y][x] = value


def _png(grey: list[bytearray]) -> bytes:
    """Return a PNG of eight-bit grey. Source of the format: https://www.w3.org/TR/png-3/."""
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 0, 0, 0, 0)
    rows = b"".join(b"\0" + bytes(row) for row in grey)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
