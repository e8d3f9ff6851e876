"""Colours that a file gives by numbers: they count, they are named, and nonsense does no harm."""

import struct
import zlib

import pytest
from PIL import Image

from service.config import MediaConfig
from service.media import spaces
from service.media.images import process
from service.media.results import ColourOutcome
from service.media.spaces import Numbers
from tests.media import profiles
from tests.media.differences import differences
from tests.media.pictures import file_of, heic, opened
from tests.media.profiles import DISPLAY_P3, Triple

BT2020 = ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))
GREEN, GRAY = (40, 200, 60), (128, 128, 128)


def flat(colour: tuple[int, int, int] = GREEN) -> Image.Image:
    return Image.new("RGB", (32, 32), colour)


def with_chunk(png: bytes, name: bytes, data: bytes) -> bytes:
    chunk = struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    return png[:33] + chunk + png[33:]


def cicp(primaries: int, transfer: int, picture: Image.Image | None = None, **options: bytes) -> bytes:
    return with_chunk(
        file_of(picture or flat(), "PNG", **options), b"cICP", bytes((primaries, transfer, 0, 1))
    )


def chrm(*values: float) -> bytes:
    return struct.pack(">8I", *(round(value * 100_000) for value in values))


def gama(gamma: float) -> bytes:
    return struct.pack(">I", round(gamma * 100_000))


def nclx(data: bytes, primaries: int, transfer: int) -> bytes:
    """Change the numbers that an encoder has written."""
    at = data.index(b"colrnclx") + 8
    return data[:at] + struct.pack(">HH", primaries, transfer) + data[at + 4 :]


def shown(data: bytes) -> tuple[ColourOutcome, tuple[int, ...]]:
    image = process(data, MediaConfig(quality=100))
    pixel = opened(image.body).convert("RGB").getpixel((16, 16))
    assert isinstance(pixel, tuple)
    return image.colour, pixel


def meant(primaries: tuple[tuple[float, float], ...], *linear: float) -> Triple:
    return profiles.srgb_of(profiles.times(profiles.to_d50(primaries), linear))


def srgb_light(colour: tuple[int, ...]) -> list[float]:
    return [profiles.decode_srgb(level) for level in colour]


def assert_near(found: tuple[int, ...], expected: Triple) -> None:
    assert differences([found], [expected]).max2000 < 1.5, (found, expected)


@pytest.mark.parametrize(
    ("number", "primaries"), [(12, DISPLAY_P3), (9, BT2020)], ids=["display-p3", "bt.2020"]
)
def test_png_says_its_primaries(number: int, primaries: tuple[tuple[float, float], ...]) -> None:
    outcome, found = shown(cicp(number, 13))
    assert outcome is ColourOutcome.CONVERTED_BY_NUMBERS
    assert_near(found, meant(primaries, *srgb_light(GREEN)))


def test_avif_and_heic_say_their_primaries() -> None:
    for data in (file_of(flat(), "AVIF", quality=100), heic(flat(), quality=100)):
        outcome, found = shown(nclx(data, 12, 13))
        assert outcome is ColourOutcome.CONVERTED_BY_NUMBERS
        assert_near(found, meant(DISPLAY_P3, *srgb_light(GREEN)))
        assert shown(data)[0] is ColourOutcome.ASSUMED_SRGB


@pytest.mark.parametrize("numbers", [(1, 13), (1, 1), (2, 2), (1, 6), (250, 99)])
def test_numbers_that_mean_srgb_or_nothing_change_nothing(numbers: tuple[int, int]) -> None:
    outcome, found = shown(cicp(*numbers))
    assert outcome is ColourOutcome.ASSUMED_SRGB
    assert found == shown(file_of(flat(), "PNG"))[1]


@pytest.mark.parametrize(("transfer", "white"), [(16, 0.5806), (18, 0.75)], ids=["pq", "hlg"])
def test_a_high_range_is_cut_at_reference_white(transfer: int, white: float) -> None:
    """BT.2408: reference white, 203 cd/m2, has a signal of 58 % in PQ and of 75 % in HLG."""
    levels = [round(255 * share) for share in (0, white * 0.7, white, 1)]
    shades = [shown(cicp(9, transfer, flat((level, level, level)))) for level in levels]
    assert {outcome for outcome, _ in shades} == {ColourOutcome.HIGH_RANGE_CUT}
    black, middle, reference, brightest = (pixel[0] for _, pixel in shades)
    assert black <= 2
    assert 60 < middle < 200
    assert reference >= 248
    assert brightest >= 253


def test_png_says_its_gamma_and_primaries() -> None:
    linear = with_chunk(file_of(flat(GRAY), "PNG"), b"gAMA", gama(1.0))
    outcome, found = shown(linear)
    assert outcome is ColourOutcome.CONVERTED_BY_NUMBERS
    assert_near(found, meant(profiles.SRGB, *[128 / 255] * 3))
    p3 = chrm(0.3127, 0.3290, *(value for primary in DISPLAY_P3 for value in primary))
    wide = with_chunk(with_chunk(file_of(flat(), "PNG"), b"cHRM", p3), b"gAMA", gama(1 / 2.2))
    outcome, found = shown(wide)
    assert outcome is ColourOutcome.CONVERTED_BY_NUMBERS
    assert_near(found, meant(DISPLAY_P3, *((level / 255) ** 2.2 for level in GREEN)))


def test_a_gamma_near_srgbs_is_srgbs() -> None:
    assert shown(with_chunk(file_of(flat(), "PNG"), b"gAMA", gama(0.45455)))[0] is ColourOutcome.ASSUMED_SRGB


def test_srgb_chunk_goes_before_gamma() -> None:
    png = with_chunk(with_chunk(file_of(flat(), "PNG"), b"gAMA", gama(1.0)), b"sRGB", b"\0")
    assert shown(png)[0] is ColourOutcome.ASSUMED_SRGB


def test_numbers_of_png_go_before_its_profile_and_the_profile_of_avif_before_its_numbers() -> None:
    swapped = profiles.matrix_profile((profiles.SRGB[1], profiles.SRGB[0], profiles.SRGB[2]), 2.2)
    outcome, found = shown(cicp(12, 13, icc_profile=swapped))
    assert outcome is ColourOutcome.CONVERTED_BY_NUMBERS
    assert_near(found, meant(DISPLAY_P3, *srgb_light(GREEN)))
    avif = file_of(flat(), "AVIF", quality=100, icc_profile=swapped)
    outcome, found = shown(avif)
    assert outcome is ColourOutcome.CONVERTED
    assert found[0] > found[1]


@pytest.mark.parametrize(
    "values",
    [(0,) * 8, (0.3127, 0.329) * 4, (0.3, 0.3, 0.64, 0.33, 0.64, 0.33, 0.64, 0.33), (0.9, 0.05, *(0.3, 0.3) * 3),
     (2.0,) * 8],
)  # fmt: skip
def test_impossible_primaries_are_srgbs(values: tuple[float, ...]) -> None:
    png = with_chunk(with_chunk(file_of(flat(), "PNG"), b"cHRM", chrm(*values)), b"gAMA", gama(0.5))
    assert shown(png)[0] is ColourOutcome.CONVERTED_BY_NUMBERS


@pytest.mark.parametrize("gamma", [0.0, 0.00001, 20000.0])
def test_an_impossible_gamma_is_srgbs(gamma: float) -> None:
    assert shown(with_chunk(file_of(flat(), "PNG"), b"gAMA", gama(gamma)))[0] is ColourOutcome.ASSUMED_SRGB


@pytest.mark.parametrize("primaries", [1, 5, 6, 9, 11, 12])
@pytest.mark.parametrize("transfer", [1, 4, 5, 8, 13, 16, 18])
def test_every_space_keeps_white_white_and_black_black(primaries: int, transfer: int) -> None:
    if spaces.by_numbers(Numbers(primaries, transfer)) is None:
        return
    for level in (0, 255):
        found = shown(cicp(primaries, transfer, flat((level, level, level))))[1]
        assert max(abs(value - level) for value in found) <= 2


def test_the_profile_that_we_embed_is_small() -> None:
    assert len(spaces.display_p3()) < 600
