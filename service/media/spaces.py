"""Colour spaces that are given as numbers (ITU-T H.273, PNG's gAMA and cHRM), written as ICC profiles.

AVIF, HEIC and PNG may say what their colours mean by numbers instead of a profile; made into one, they take the same
way as all the others. Pure.
"""

import struct
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Chromaticity = tuple[float, float]
Matrix = npt.NDArray[np.float64]

D65: Chromaticity = (0.3127, 0.3290)
D50_XYZ = (0.9642, 1.0, 0.8249)  # the illuminant of the connection space (ICC.1, 7.2.16)

# CIE "Bradford" cone responses, the adaptation that ICC.1 (annex E) prescribes.
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])

# sRGB's curve as an ICC parametric curve of type 3 (IEC 61966-2-1): exponent, then a, b, c, d.
_SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)

# BT.2408: the luminance, in cd/m2, of white paper in a picture of high dynamic range; what is brighter is cut.
_REFERENCE_WHITE = 203.0
_SAMPLES = 1024


class Primaries(NamedTuple):
    """The chromaticities of a space's red, green, blue and white."""

    red: Chromaticity
    green: Chromaticity
    blue: Chromaticity
    white: Chromaticity = D65


class Numbers(NamedTuple):
    """A space by its code points of H.273."""

    primaries: int
    transfer: int

    @property
    def is_high_range(self) -> bool:
        """Whether it is one of high dynamic range (PQ, HLG)."""
        return self.transfer in {16, 18}


SRGB = Primaries((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
P3 = Primaries((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))

# H.273, table 2. What is not here (film, the broadcasters of 1953) is taken as sRGB.
_PRIMARIES = {
    1: SRGB,
    5: Primaries((0.64, 0.33), (0.29, 0.60), (0.15, 0.06)),
    6: Primaries((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    7: Primaries((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    9: Primaries((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    11: Primaries(P3.red, P3.green, P3.blue, (0.314, 0.351)),
    12: P3,
}


@lru_cache(maxsize=1)
def display_p3() -> bytes:
    """Return the profile of Display P3, 500 bytes: what images carry that keep their wide gamut."""
    return _profile(P3, _parametric(_SRGB_CURVE), "Display P3")


@lru_cache(maxsize=16)
def by_numbers(numbers: Numbers) -> bytes | None:
    """Return the profile of a space of H.273; None where the numbers mean sRGB or nothing we know.

    The curves of television (1, 6, 14, 15) count as sRGB's, as pictures that carry them are drawn for it. PQ and HLG
    are cut at reference white.
    """
    primaries = _PRIMARIES.get(numbers.primaries, SRGB)
    curve = _curve_by_number(numbers.transfer)
    if primaries is SRGB and curve is None:
        return None
    return _profile(
        primaries, curve or _parametric(_SRGB_CURVE), f"H.273 {numbers.primaries}/{numbers.transfer}"
    )


@lru_cache(maxsize=16)
def by_gamma(gamma: float, primaries: Primaries) -> bytes:
    """Return the profile of a space whose light is a power of its values: value ** gamma."""
    return _profile(primaries, _sampled(lambda value: value**gamma), f"gamma {gamma:.3f}")


def _curve_by_number(transfer: int) -> bytes | None:
    curves: dict[int, Callable[[float], float]] = {
        4: lambda value: value**2.2,
        5: lambda value: value**2.8,
        8: lambda value: value,
        16: _pq,
        18: _hlg,
    }
    return _sampled(curves[transfer]) if transfer in curves else None


def _pq(value: float) -> float:
    """SMPTE ST 2084: light relative to reference white, cut there."""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 4096 * 128, 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
    power = value ** (1 / m2)
    light = max(power - c1, 0.0) / (c2 - c3 * power)
    return min(1.0, float(10_000 * light ** (1 / m1) / _REFERENCE_WHITE))


def _hlg(value: float) -> float:
    """BT.2100, on a display of 1000 cd/m2 (system gamma 1.2 for each channel): light relative to reference white."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = value * value / 3 if value <= 0.5 else (np.exp((value - c) / a) + b) / 12
    return min(1.0, float(1000 * scene**1.2 / _REFERENCE_WHITE))


def _profile(primaries: Primaries, curve: bytes, name: str) -> bytes:
    """Write a three-component matrix profile (ICC.1:2010, 8.3.3)."""
    red, green, blue = (tuple(column) for column in _to_d50(primaries).T)
    white = _xyz_of(primaries.white)
    return _assembled(
        {
            b"desc": _text(name),
            b"cprt": _text("CC0"),
            b"wtpt": _xyz(D50_XYZ),
            b"chad": b"sf32\0\0\0\0" + _fixed(_adaptation(white).ravel()),
            b"rXYZ": _xyz(red),
            b"gXYZ": _xyz(green),
            b"bXYZ": _xyz(blue),
            b"rTRC": curve,
            b"gTRC": curve,
            b"bTRC": curve,
        }
    )


def _to_d50(primaries: Primaries) -> Matrix:
    """The matrix from linear red, green, blue to XYZ under D50."""
    columns = np.array([_xyz_of(primary) for primary in primaries[:3]]).T
    white = _xyz_of(primaries.white)
    scaled = columns * np.linalg.solve(columns, white)
    adapted: Matrix = _adaptation(white) @ scaled
    return adapted


def _adaptation(white: Matrix) -> Matrix:
    gain = (_BRADFORD @ np.array(D50_XYZ)) / (_BRADFORD @ white)
    adaptation: Matrix = np.linalg.inv(_BRADFORD) @ np.diag(gain) @ _BRADFORD
    return adaptation


def _xyz_of(xy: Chromaticity) -> Matrix:
    x, y = xy
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _assembled(tags: dict[bytes, bytes]) -> bytes:
    """Header, table of tags and tags; equal tags are written once."""
    start = 128 + 4 + 12 * len(tags)
    entries, body, places = b"", b"", dict[bytes, int]()
    for name, data in tags.items():
        if data not in places:
            places[data] = start + len(body)
            body += data + b"\0" * (-len(data) % 4)
        entries += name + struct.pack(">II", places[data], len(data))
    header = struct.pack(">I4xI4s4s4s", start + len(body), 0x04200000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H", 2020, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + _fixed(D50_XYZ)
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + entries + body


def _parametric(parameters: Sequence[float]) -> bytes:
    return b"para\0\0\0\0" + struct.pack(">H2x", 3) + _fixed(parameters)


def _sampled(curve: Callable[[float], float]) -> bytes:
    values = [round(65535 * curve(step / (_SAMPLES - 1))) for step in range(_SAMPLES)]
    return b"curv\0\0\0\0" + struct.pack(f">I{_SAMPLES}H", _SAMPLES, *values)


def _text(text: str) -> bytes:
    encoded = text.encode("utf-16-be")
    return b"mluc\0\0\0\0" + struct.pack(">II4sII", 1, 12, b"enUS", len(encoded), 28) + encoded


def _xyz(values: Sequence[float]) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(values)


def _fixed(values: Sequence[float] | Matrix) -> bytes:
    """Numbers as s15Fixed16 (ICC.1, 4.6)."""
    return struct.pack(f">{len(values)}i", *(round(float(value) * 65536) for value in values))
