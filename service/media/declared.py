"""What a file says about its colours: an ICC profile, numbers of H.273 (AVIF, HEIC, PNG), gamma and primaries (PNG).

Pillow reads the profile and PNG's gamma; the numbers it leaves in the file, and a picture in Display P3 or of high
dynamic range that says so only there would look wrong.
"""

from typing import Any, NamedTuple

from service.media import spaces
from service.media.formats import AVIF, HEIC, PNG, InputFormat
from service.media.spaces import Numbers, Primaries

# Where the boxes and chunks that speak of colour stand: before the pixels.
_HEAD = 256 * 1024

# A gamma this near to sRGB's 1/2.2 is meant as sRGB (PNG, 3rd edition, 11.3.2.5: gAMA beside sRGB has 45455).
_SRGB_GAMMA = 1 / 2.2
_NEAR = 0.01


class Declared(NamedTuple):
    """An ICC profile or None; whether it was made from numbers; whether the picture is of high dynamic range."""

    profile: bytes | None
    by_numbers: bool = False
    high_range: bool = False


def declared(data: bytes, found: InputFormat, info: dict[str | tuple[int, int], Any]) -> Declared:
    """Return what a file says its colours mean.

    Parameters:
        data: the file.
        found: its format.
        info: what Pillow found beside the pixels.
    """
    numbers = _numbers(data, found)
    # PNG, 11.3.2: cICP goes before iCCP, iCCP before sRGB, sRGB before gAMA and cHRM. In HEIF and AVIF (MIAF, 7.3.6.4)
    # a profile is the closer description.
    if numbers and (found is PNG or not info.get("icc_profile")):
        return Declared(spaces.by_numbers(numbers), by_numbers=True, high_range=numbers.is_high_range)
    if info.get("icc_profile"):
        return Declared(info["icc_profile"])
    profile = _by_gamma(info) if found is PNG and "srgb" not in info else None
    return Declared(profile, by_numbers=profile is not None)


def _numbers(data: bytes, found: InputFormat) -> Numbers | None:
    if found is PNG:
        return _numbers_of_png(data)
    return _numbers_of_heif(data) if found in {AVIF, HEIC} else None


def _numbers_of_png(data: bytes) -> Numbers | None:
    """The chunk cICP: primaries, transfer, matrix, range; one byte each."""
    at = 8
    while at + 12 <= min(len(data), _HEAD):
        length = int.from_bytes(data[at : at + 4])
        name = data[at + 4 : at + 8]
        if name == b"cICP" and length == 4:
            return Numbers(data[at + 8], data[at + 9])
        if name in {b"IDAT", b"PLTE"}:  # cICP stands before both
            return None
        at += 12 + length
    return None


def _numbers_of_heif(data: bytes) -> Numbers | None:
    """The first property "colr" of type "nclx" (ISO 14496-12, 12.1.5): that of the picture, as files are written."""
    at = data.find(b"colrnclx", 0, _HEAD)
    if at < 0 or len(data) < at + 12:
        return None
    return Numbers(int.from_bytes(data[at + 8 : at + 10]), int.from_bytes(data[at + 10 : at + 12]))


def _by_gamma(info: dict[str | tuple[int, int], Any]) -> bytes | None:
    gamma = info.get("gamma")
    if not gamma or not 0.1 <= gamma <= 10:
        return None
    primaries = _primaries(info.get("chromaticity"))
    if abs(gamma - _SRGB_GAMMA) <= _NEAR and primaries == spaces.SRGB:
        return None
    return spaces.by_gamma(1 / gamma, primaries)


def _primaries(chromaticity: tuple[float, ...] | None) -> Primaries:
    """PNG's cHRM: white, red, green, blue; sRGB's where it is missing, the same, or impossible."""
    if not chromaticity or len(chromaticity) != 8:
        return spaces.SRGB
    white, red, green, blue = zip(chromaticity[::2], chromaticity[1::2], strict=True)
    given = Primaries(red, green, blue, white)
    if all(
        abs(a - b) < 0.002
        for one, other in zip(given, spaces.SRGB, strict=True)
        for a, b in zip(one, other, strict=True)
    ):
        return spaces.SRGB
    return given if _is_possible(given) else spaces.SRGB


def _is_possible(given: Primaries) -> bool:
    """Whether the three are a triangle with the white inside; anything else has no matrix."""
    if any(not 0 <= x <= 1 or not 0.01 <= y <= 1 for x, y in given):
        return False
    sides = (
        (given.red, given.green, given.white),
        (given.green, given.blue, given.white),
        (given.blue, given.red, given.white),
    )
    areas = [(b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) for a, b, c in sides]
    return all(area > 0.001 for area in areas)
