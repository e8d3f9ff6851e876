"""Colours over profiles, modes and formats, compared with what `transicc` (Little CMS) says that the profile means.

COLOUR_TABLE=file writes the table that docs/colour-differences.md holds (`make colour-table`).
"""

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from PIL import Image

from service.config import MediaConfig
from service.media import colour, images, spaces
from service.media.results import ColourOutcome
from tests.media import profiles, tools
from tests.media.differences import Difference, ciede2000, differences
from tests.media.pictures import file_of, heic, opened
from tests.media.reference import transicc

Ink = tuple[int, ...]

# What is allowed, by CIE76 and by CIEDE2000 alike: mean and maximum.
LIMITS = {"RGB": (0.5, 2.0), "GRAY": (0.5, 2.0), "CMYK": (1.5, 4.0)}

# The fast way: decoded at a quarter of its size, then resized, then converted.
SHRUNK, FAST = "JPEG, drafted and shrunk", MediaConfig(max_side=640)

PATCH, ACROSS = 16, 8
CORNERS = tuple((r, g, b) for r in (0, 255) for g in (0, 255) for b in (0, 255))
COLOURS = (*profiles.PATCHES, *CORNERS)
GRAYS = tuple((level,) for level in range(0, 256, 8))
INKS = tuple(
    (c, m, y, k) for k in (0, 90, 255) for c in (0, 128, 255) for m in (0, 128, 255) for y in (0, 128, 255)
)
CHARTS: dict[str, tuple[Ink, ...]] = {"RGB": COLOURS, "GRAY": GRAYS, "CMYK": INKS}


class Profile(NamedTuple):
    """A profile by name: one of our own making, or a file of a Debian package."""

    name: str
    space: str
    make: Callable[[], bytes]


def from_debian(path: str, package: str, space: str) -> Profile:
    return Profile(path.rpartition("/")[2], space, lambda: tools.profile(path, package).read_bytes())


COLORD, GHOSTSCRIPT, FREE = "colord-data", "libgs-common", "icc-profiles-free"
PROFILES = (
    Profile("own Display P3", "RGB", lambda: profiles.matrix_profile(profiles.DISPLAY_P3, 2.2)),
    Profile("own Display P3, as embedded", "RGB", spaces.display_p3),
    Profile("own Adobe RGB", "RGB", lambda: profiles.matrix_profile(profiles.ADOBE_RGB, 563 / 256)),
    Profile("own, red and green swapped", "RGB", lambda: profiles.matrix_profile(
        (profiles.SRGB[1], profiles.SRGB[0], profiles.SRGB[2]), 2.2)),
    from_debian("colord/AdobeRGB1998.icc", COLORD, "RGB"),
    from_debian("colord/ProPhotoRGB.icc", COLORD, "RGB"),
    from_debian("colord/WideGamutRGB.icc", COLORD, "RGB"),
    from_debian("colord/SwappedRedAndGreen.icc", COLORD, "RGB"),
    from_debian("colord/Rec709.icc", COLORD, "RGB"),
    from_debian("colord/ECI-RGBv2.icc", COLORD, "RGB"),
    from_debian("ghostscript/default_rgb.icc", GHOSTSCRIPT, "RGB"),
    from_debian("ghostscript/rommrgb.icc", GHOSTSCRIPT, "RGB"),
    from_debian("LStar-RGB.icc", FREE, "RGB"),
    from_debian("compatibleWithAdobeRGB1998.icc", FREE, "RGB"),
    Profile("own gray, gamma 1.8", "GRAY", lambda: profiles.gray_profile(1.8)),
    from_debian("ghostscript/default_gray.icc", GHOSTSCRIPT, "GRAY"),
    from_debian("Gray-CIE_L.icc", FREE, "GRAY"),
    from_debian("Gray.icc", FREE, "GRAY"),
    Profile("own press", "CMYK", profiles.press_profile),
    Profile("coated.icc, ours", "CMYK", lambda: colour.COATED.read_bytes()),
    from_debian("ghostscript/default_cmyk.icc", GHOSTSCRIPT, "CMYK"),
    from_debian("ghostscript/ps_cmyk.icc", GHOSTSCRIPT, "CMYK"),
)  # fmt: skip


def saved(encoder: str, **options: Any) -> Callable[[Image.Image, bytes], bytes]:
    return lambda image, profile: file_of(image, encoder, icc_profile=profile, **options)


def palette(image: Image.Image, profile: bytes) -> bytes:
    return file_of(image.quantize(256, dither=Image.Dither.NONE), "PNG", icc_profile=profile)


def veiled(image: Image.Image, profile: bytes) -> bytes:
    image = image.copy()
    image.putalpha(200)
    return file_of(image, "PNG", icc_profile=profile)


def photo(image: Image.Image, profile: bytes) -> bytes:
    """3,072 pixels wide."""
    large = image.resize((image.width * 24, image.height * 24), Image.Resampling.NEAREST)
    options = {} if image.mode == "CMYK" else {"subsampling": 0}
    return file_of(large, "JPEG", quality=100, icc_profile=profile, **options)


def sixteen_bits(image: Image.Image, profile: bytes) -> bytes:
    deep = Image.frombytes("I;16", image.size, bytes(b for level in image.tobytes() for b in (level, level)))
    return file_of(deep, "PNG", icc_profile=profile)


def ycck(image: Image.Image, profile: bytes) -> bytes:
    """A CMYK JPEG whose colours are stored as brightness and differences, as Adobe's programs write them.

    Pillow cannot write one, but it can be told that the planes it writes are those: they are put in inverted,
    because it inverts, and the mark of Adobe (APP14) gets transform 2.
    """
    cyan, magenta, yellow, black = image.split()
    planes = [
        *Image.merge("RGB", (cyan, magenta, yellow)).convert("YCbCr").split(),
        black.point(lambda k: 255 - k),
    ]
    stored = Image.merge("CMYK", [plane.point(lambda value: 255 - value) for plane in planes])
    data = bytearray(file_of(stored, "JPEG", quality=100, icc_profile=profile))
    at = data.index(b"Adobe")
    assert data[at + 11] == 0
    data[at + 11] = 2
    return bytes(data)


def jpeg_xl(image: Image.Image, profile: bytes) -> bytes:
    """Without loss, by the reference encoder; Pillow's plugin embeds no profile."""
    program = tools.program("cjxl", "libjxl-tools")
    return _encoded(
        [program, "{png}", "{out}", "--distance=0", "--effort=3", "--quiet"], "jxl", image, profile
    )


def avif(image: Image.Image, profile: bytes) -> bytes:
    """Without loss, which Pillow cannot."""
    program = tools.program("avifenc", "libavif-bin")
    return _encoded([program, "--lossless", "--speed", "8", "{png}", "{out}"], "avif", image, profile)


def _encoded(argv: list[str], extension: str, image: Image.Image, profile: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        png, out = f"{folder}/chart.png", f"{folder}/chart.{extension}"
        Path(png).write_bytes(file_of(image, "PNG", icc_profile=profile))
        subprocess.run(
            [word.format(png=png, out=out) for word in argv], check=True, capture_output=True, timeout=60
        )
        return Path(out).read_bytes()


FORMATS: dict[str, dict[str, Callable[[Image.Image, bytes], bytes]]] = {
    "RGB": {
        "JPEG": saved("JPEG", quality=100, subsampling=0),
        "PNG": saved("PNG"),
        "palette PNG": palette,
        "PNG with alpha": veiled,
        "TIFF": saved("TIFF"),
        "WebP": saved("WEBP", lossless=True),
        "AVIF": avif,
        "HEIC": lambda image, profile: heic(image, quality=-1, chroma=444, icc_profile=profile, icc_profile_type="prof",
                                            matrix_coefficients=0),
        "JPEG XL": jpeg_xl,
        SHRUNK: photo,
    },
    "GRAY": {
        "JPEG": saved("JPEG", quality=100),
        "PNG": saved("PNG"),
        "PNG with alpha": veiled,
        "16-bit PNG": sixteen_bits,
        "TIFF": saved("TIFF"),
        SHRUNK: photo,
    },
    "CMYK": {
        "JPEG (Adobe)": saved("JPEG", quality=100),
        "JPEG (Adobe, YCCK)": ycck,
        "TIFF": saved("TIFF"),
        SHRUNK: photo,
    },
}  # fmt: skip
MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
CASES = [(profile, form) for profile in PROFILES for form in FORMATS[profile.space]]

ROWS: dict[tuple[str, str], Difference] = {}


def chart(space: str) -> Image.Image:
    patches = CHARTS[space]
    size = (ACROSS * PATCH, -(-len(patches) // ACROSS) * PATCH)
    image = Image.new(MODES[space], size)
    for box, patch in zip(_boxes(1), patches, strict=False):
        image.paste(patch if len(patch) > 1 else patch[0], box)
    return image


def _boxes(scale: float) -> Iterator[tuple[int, int, int, int]]:
    side = PATCH * scale
    for number in range(1000):
        left, top = number % ACROSS * side, number // ACROSS * side
        yield round(left), round(top), round(left + side), round(top + side)


def means(shown: Image.Image, count: int) -> list[tuple[float, ...]]:
    """The mean colour in the middle of each patch."""
    found = []
    for (left, top, right, bottom), _ in zip(
        _boxes(shown.width / (ACROSS * PATCH)), range(count), strict=False
    ):
        inner = (
            (left * 3 + right) // 4,
            (top * 3 + bottom) // 4,
            (left + right * 3) // 4,
            (top + bottom * 3) // 4,
        )
        middle = shown.convert("RGB").crop(inner)
        found.append(tuple(sum(band.tobytes()) / len(band.tobytes()) for band in middle.split()))
    return found


@cache
def meant(profile: Profile) -> tuple[tuple[float, ...], ...]:
    """What the profile means in sRGB."""
    scale = 100 / 255 if profile.space == "CMYK" else 1
    patches = [[value * scale for value in patch] for patch in CHARTS[profile.space]]
    return transicc(profile.make(), patches)


@pytest.fixture
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write without loss, so that what is measured is the colours and not the encoder."""
    monkeypatch.setattr(images, "_effort", lambda output, *, animated: {"lossless": True, "method": 0})


@pytest.mark.usefixtures("exact")
@pytest.mark.parametrize(
    ("profile", "form"), CASES, ids=[f"{profile.name}, {form}" for profile, form in CASES]
)
def test_colours_are_those_of_the_profile(profile: Profile, form: str) -> None:
    expected = meant(profile)
    data = FORMATS[profile.space][form](chart(profile.space), profile.make())
    image = images.process(data, FAST if form == SHRUNK else MediaConfig())
    assert image.colour is ColourOutcome.CONVERTED
    found = differences(means(opened(image.body), len(expected)), expected)
    ROWS[profile.name, form] = found
    mean, most = LIMITS[profile.space]
    assert max(found.mean76, found.mean2000) <= mean, found
    assert max(found.max76, found.max2000) <= most, found


@pytest.mark.usefixtures("exact")
def test_a_swapped_profile_that_is_ignored_would_be_seen() -> None:
    swapped = next(profile for profile in PROFILES if "swapped" in profile.name)
    image = images.process(file_of(chart("RGB"), "PNG"), MediaConfig())
    found = differences(means(opened(image.body), len(COLOURS)), meant(swapped))
    assert found.mean2000 > 10


def test_the_formula_gives_the_published_values() -> None:
    """Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula", table 1."""
    for one, other, expected in (
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 2.8361, -74.0200), (50, 0, -82.7485), 3.4412),
        ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((50, 2.5, 0), (56, -27, -3), 31.9030),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ):
        assert abs(ciede2000(one, other) - expected) < 0.0001
        assert abs(ciede2000(other, one) - expected) < 0.0001


@pytest.fixture(scope="module", autouse=True)
def table() -> Iterator[None]:
    yield
    if file := os.environ.get("COLOUR_TABLE"):
        Path(file).write_text("\n".join(_lines()) + "\n", encoding="utf-8")


def _lines() -> list[str]:
    head = ["profile", "space", "file", "CIE76 mean", "max", "CIEDE2000 mean", "max", "allowed mean / max"]
    lines = [f"| {' | '.join(head)} |", "|---|---|---|---:|---:|---:|---:|---:|"]
    for profile, form in CASES:
        if row := ROWS.get((profile.name, form)):
            mean, most = LIMITS[profile.space]
            lines.append(f"| {profile.name} | {profile.space} | {form} | {row.mean76:.2f} | {row.max76:.2f} "
                         f"| {row.mean2000:.2f} | {row.max2000:.2f} | {mean} / {most:.0f} |")  # fmt: skip
    return lines
