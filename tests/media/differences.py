"""How far two colours are apart, by two formulas: CIE76 and CIEDE2000."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from tests.media.profiles import SRGB, Triple, decode_srgb, lab_of, times, to_d50


class Difference(NamedTuple):
    """Mean and maximum over some colours, by either formula."""

    mean76: float
    max76: float
    mean2000: float
    max2000: float


def differences(found: Sequence[Sequence[float]], meant: Sequence[Sequence[float]]) -> Difference:
    """Compare sRGB colours of 0..255."""
    labs = [(lab_of_srgb(one), lab_of_srgb(other)) for one, other in zip(found, meant, strict=True)]
    cie76 = [math.dist(*pair) for pair in labs]
    cie2000 = [ciede2000(*pair) for pair in labs]
    return Difference(sum(cie76) / len(cie76), max(cie76), sum(cie2000) / len(cie2000), max(cie2000))


def lab_of_srgb(colour: Sequence[float]) -> Triple:
    return lab_of(times(to_d50(SRGB), [decode_srgb(min(255.0, max(0.0, level))) for level in colour[:3]]))


def ciede2000(one: Sequence[float], other: Sequence[float]) -> float:
    """CIE 142-2001, as written out by Sharma, Wu and Dalal (2005), all weights 1."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    c7 = ((math.hypot(a1, b1) + math.hypot(a2, b2)) / 2) ** 7
    g = 0.5 * (1 - math.sqrt(c7 / (c7 + 25**7)))
    c1, c2 = math.hypot(a1 * (1 + g), b1), math.hypot(a2 * (1 + g), b2)
    h1, h2 = (_hue(a * (1 + g), b) for a, b in ((a1, b1), (a2, b2)))
    turn = h2 - h1 if c1 * c2 else 0.0
    turn -= 360 * round(turn / 360) if abs(turn) > 180 else 0
    lightness, chroma, hue = l2 - l1, c2 - c1, 2 * math.sqrt(c1 * c2) * _sin(turn / 2)
    mean_l, mean_c, mean_h = (l1 + l2) / 2, (c1 + c2) / 2, _mean_hue(h1, h2, c1 * c2)
    t = (1 - 0.17 * _cos(mean_h - 30) + 0.24 * _cos(2 * mean_h) + 0.32 * _cos(3 * mean_h + 6)
         - 0.20 * _cos(4 * mean_h - 63))  # fmt: skip
    s_l = 1 + 0.015 * (mean_l - 50) ** 2 / math.sqrt(20 + (mean_l - 50) ** 2)
    s_c, s_h = 1 + 0.045 * mean_c, 1 + 0.015 * mean_c * t
    r_c = 2 * math.sqrt(mean_c**7 / (mean_c**7 + 25**7))
    r_t = -_sin(60 * math.exp(-(((mean_h - 275) / 25) ** 2))) * r_c
    by_l, by_c, by_h = lightness / s_l, chroma / s_c, hue / s_h
    return math.sqrt(by_l**2 + by_c**2 + by_h**2 + r_t * by_c * by_h)


def _hue(a: float, b: float) -> float:
    return math.degrees(math.atan2(b, a)) % 360


def _mean_hue(h1: float, h2: float, chroma: float) -> float:
    if not chroma:
        return h1 + h2
    if abs(h1 - h2) <= 180:
        return (h1 + h2) / 2
    return (h1 + h2 + (360 if h1 + h2 < 360 else -360)) / 2


def _sin(degrees: float) -> float:
    return math.sin(math.radians(degrees))


def _cos(degrees: float) -> float:
    return math.cos(math.radians(degrees))
