"""ICC profiles made from numbers, and the colours they mean, computed without any colour library.

What a profile means is computed here from its definition (primaries, gamma, ink model), so that the tests compare
LittleCMS with arithmetic and not with itself.
"""

import itertools
import math
import struct
from collections.abc import Callable, Sequence

Triple = tuple[float, float, float]
Matrix = tuple[Triple, Triple, Triple]

D50: Triple = (0.9642, 1.0, 0.8249)
D65_XY = (0.3127, 0.3290)

SRGB = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
DISPLAY_P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
ADOBE_RGB = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))

BRADFORD: Matrix = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))


def times(matrix: Matrix, vector: Sequence[float]) -> Triple:
    one, two, three = (sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)
    return one, two, three


def product(left: Matrix, right: Matrix) -> Matrix:
    columns = [times(left, column) for column in zip(*right, strict=True)]
    one, two, three = zip(*columns, strict=True)
    return one, two, three


def inverse(matrix: Matrix) -> Matrix:
    (a, b, c), (d, e, f), (g, h, i) = matrix
    det = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    return (
        ((e * i - f * h) / det, (c * h - b * i) / det, (b * f - c * e) / det),
        ((f * g - d * i) / det, (a * i - c * g) / det, (c * d - a * f) / det),
        ((d * h - e * g) / det, (b * g - a * h) / det, (a * e - b * d) / det),
    )


def diagonal(values: Sequence[float]) -> Matrix:
    return ((values[0], 0, 0), (0, values[1], 0), (0, 0, values[2]))


def _xyz(xy: tuple[float, float]) -> Triple:
    return xy[0] / xy[1], 1.0, (1 - xy[0] - xy[1]) / xy[1]


def to_d50(primaries: Sequence[tuple[float, float]]) -> Matrix:
    """Linear RGB of a D65 space -> XYZ under D50, adapted by Bradford."""
    x, y, z = zip(*(_xyz(xy) for xy in primaries), strict=True)
    white = _xyz(D65_XY)
    matrix = product((x, y, z), diagonal(times(inverse((x, y, z)), white)))
    gain = [to / of for to, of in zip(times(BRADFORD, D50), times(BRADFORD, white), strict=True)]
    return product(product(inverse(BRADFORD), product(diagonal(gain), BRADFORD)), matrix)


def encode_srgb(linear: float) -> float:
    value = min(1.0, max(0.0, linear))
    return 255 * (12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055)


def decode_srgb(level: float) -> float:
    value = level / 255
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def srgb_of(xyz: Sequence[float]) -> Triple:
    red, green, blue = (encode_srgb(value) for value in times(inverse(to_d50(SRGB)), xyz))
    return red, green, blue


def lab_of(xyz: Sequence[float]) -> Triple:
    x, y, z = (
        t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116
        for t in (value / white for value, white in zip(xyz, D50, strict=True))
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def difference(one: Sequence[float], other: Sequence[float]) -> float:
    """CIE76 between two sRGB colours of 0..255."""
    labs = [lab_of(times(to_d50(SRGB), [decode_srgb(level) for level in colour])) for colour in (one, other)]
    return math.dist(*labs)


def compensate(xyz: Sequence[float], black: Sequence[float]) -> Triple:
    """Black point compensation to a black of zero: XYZ stretched so that `black` lands there and white stays."""
    x, y, z = ((v - b) * w / (w - b) for v, b, w in zip(xyz, black, D50, strict=True))
    return x, y, z


def neutral(lightness: float) -> Triple:
    """XYZ of the gray of this L*."""
    y = ((lightness + 16) / 116) ** 3 if lightness > 8 else lightness / (24389 / 27)
    return D50[0] * y, y, D50[2] * y


def matrix_profile(primaries: Sequence[tuple[float, float]], gamma: float) -> bytes:
    columns = list(zip(*to_d50(primaries), strict=True))
    tags = {name: _xyz_tag(column) for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)}
    return profile(
        b"mntr", b"RGB ", tags | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _gamma_tag(gamma)), b"XYZ "
    )


def gray_profile(gamma: float) -> bytes:
    return profile(b"mntr", b"GRAY", {b"kTRC": _gamma_tag(gamma)}, b"XYZ ")


def table_profile(space: bytes, channels: int, grid: int, colour: Callable[..., Triple]) -> bytes:
    """A profile by table: `colour` gives XYZ for channel values of 0 to 1 at the points of the grid."""
    nodes = itertools.product([step / (grid - 1) for step in range(grid)], repeat=channels)
    table = b"".join(lab16(lab_of(colour(*node))) for node in nodes)
    straight = struct.pack(">HH", 0, 0xFFFF)
    identity = struct.pack(">9i", *(0x10000 if at in {0, 4, 8} else 0 for at in range(9)))
    lut = b"mft2" + struct.pack(">4xBBBx", channels, 3, grid) + identity + struct.pack(">HH", 2, 2)
    data = lut + straight * channels + table + straight * 3
    # One table a rendering intent: where that of the wanted intent is missing, its black point counts as zero.
    return profile(b"scnr", space, {b"A2B0": data, b"A2B1": data}, b"Lab ")


def profile(
    kind: bytes, space: bytes, tags: dict[bytes, bytes], connection: bytes, about: str = "made for a test"
) -> bytes:
    described = {
        b"desc": _description(about.encode()),
        b"cprt": b"text\0\0\0\0none\0",
        b"wtpt": _xyz_tag(D50),
    }
    entries, body, places = b"", b"", dict[bytes, int]()
    start = 128 + 4 + 12 * (len(tags) + 3)
    for name, data in (described | tags).items():
        if data not in places:  # equal ones are written once
            places[data] = start + len(body)
            body += data + b"\0" * (-len(data) % 4)
        entries += name + struct.pack(">II", places[data], len(data))
    header = struct.pack(">I4xI4s4s4s", start + len(body), 0x02400000, kind, space, connection)
    header += struct.pack(">6H", 2020, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28 + _fixed(D50)
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags) + 3) + entries + body


def _description(text: bytes) -> bytes:
    return b"desc\0\0\0\0" + struct.pack(">I", len(text) + 1) + text + b"\0" * (1 + 4 + 4 + 2 + 1 + 67)


def _fixed(values: Sequence[float]) -> bytes:
    return struct.pack(">3i", *(round(value * 65536) for value in values))


def _xyz_tag(values: Sequence[float]) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(values)


def _gamma_tag(gamma: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))


def lab16(lab: Triple) -> bytes:
    lightness, a, b = lab
    return struct.pack(">3H", round(lightness * 652.8), round((a + 128) * 256), round((b + 128) * 256))


# All of them together are a neutral dark gray, as with real inks: a black point is taken as neutral.
INKS = ((0.15, 0.60, 0.80), (0.80, 0.15, 0.60), (0.60, 0.80, 0.15), (0.30, 0.30, 0.30))


def ink_xyz(*amounts: float) -> Triple:
    """A simple printing press: each ink lets through so much of each linear sRGB primary."""
    light = [1.0, 1.0, 1.0]
    for amount, lets_through in zip(amounts, INKS, strict=True):
        light = [value * (1 - amount * (1 - share)) for value, share in zip(light, lets_through, strict=True)]
    return times(to_d50(SRGB), light)


def press_profile() -> bytes:
    """The CMYK profile of that press."""
    return table_profile(b"CMYK", 4, 5, ink_xyz)


PATCHES: tuple[tuple[int, int, int], ...] = (
    (115, 82, 68), (194, 150, 130), (98, 122, 157), (87, 108, 67), (133, 128, 177), (103, 189, 170),
    (214, 126, 44), (80, 91, 166), (193, 90, 99), (94, 60, 108), (157, 188, 64), (224, 163, 46),
    (56, 61, 150), (70, 148, 73), (175, 54, 60), (231, 199, 31), (187, 86, 149), (8, 133, 161),
    (243, 243, 242), (200, 200, 200), (160, 160, 160), (122, 122, 121), (85, 85, 85), (52, 52, 52),
)  # fmt: skip
"""The 24 patches of the usual colour chart, as levels of whatever space a test reads them in."""
