"""What is peculiar to a format: HEIC and JPEG XL are upright, and measured before they are decoded."""

import subprocess
import tempfile
from pathlib import Path

import msgspec
import pylibjxl
import pytest
from PIL import ExifTags, Image

from service.config import MediaConfig
from service.media.errors import Rejected
from service.media.formats import HEIC, JPEG_XL, sniff
from service.media.images import process
from service.media.results import ColourOutcome
from tests.media import profiles, tools
from tests.media.pictures import file_of, heic, jpeg_xl, opened, quadrants

RULES = MediaConfig()
TURN = Image.Transpose.ROTATE_90
CORNERS = ((6, 6), (58, 6), (6, 26), (58, 26))


def rotated_exif() -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    return exif


def assert_upright(data: bytes) -> None:
    image = process(data, RULES)
    assert (image.width, image.height) == (64, 32)
    shown = opened(image.body).convert("RGB")
    for at, expected in zip(CORNERS, ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)), strict=True):
        pixel = shown.getpixel(at)
        assert isinstance(pixel, tuple)
        assert all(abs(one - other) < 50 for one, other in zip(pixel, expected, strict=True)), (at, pixel)


def test_a_heic_photo_is_upright() -> None:
    """Its encoder writes EXIF's orientation as the container's, too; the picture must not be turned twice."""
    data = heic(quadrants().transpose(TURN), exif=rotated_exif().tobytes())
    assert b"irot" in data
    assert_upright(data)


def test_exif_does_not_turn_a_jpeg_xl() -> None:
    assert_upright(jpeg_xl(quadrants(), exif=rotated_exif().tobytes()))


def test_a_jpeg_inside_a_jpeg_xl_is_turned_as_a_jpeg_is() -> None:
    program = tools.program("cjxl", "libjxl-tools")
    with tempfile.TemporaryDirectory() as folder:
        jpeg, out = f"{folder}/lying.jpg", f"{folder}/lying.jxl"
        Path(jpeg).write_bytes(file_of(quadrants().transpose(TURN), "JPEG", exif=rotated_exif(), quality=95))
        subprocess.run([program, jpeg, out, "--lossless_jpeg=1", "--quiet"], check=True, capture_output=True)
        assert_upright(Path(out).read_bytes())


def test_a_large_jpeg_xl_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    data = jpeg_xl(Image.new("L", (4000, 3000)), effort=1)
    monkeypatch.setattr(pylibjxl, "JXL", lambda **_: pytest.fail("it was decoded"))
    with pytest.raises(Rejected, match=r"too many pixels \(4000 x 3000"):
        process(data, msgspec.structs.replace(RULES, max_pixels=1_000_000))


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_every_mode_of_jpeg_xl(mode: str) -> None:
    image = process(jpeg_xl(quadrants().convert(mode), lossless=True), RULES)
    assert (image.width, image.height, image.source_format) == (64, 32, "JPEG XL")


def test_the_profile_of_a_jpeg_xl_counts() -> None:
    swapped = profiles.matrix_profile((profiles.SRGB[1], profiles.SRGB[0], profiles.SRGB[2]), 2.2)
    image = process(jpeg_xl(Image.new("RGB", (16, 16), (200, 20, 20)), icc=swapped, lossless=True), RULES)
    assert image.colour is ColourOutcome.CONVERTED
    red, green, _ = opened(image.body).convert("RGB").getpixel((8, 8))  # type: ignore[misc]
    assert green > 150 > red


def test_a_large_heic_is_refused() -> None:
    with pytest.raises(Rejected, match="too many pixels"):
        process(heic(Image.new("RGB", (640, 480))), msgspec.structs.replace(RULES, max_pixels=100_000))


@pytest.mark.parametrize("boxes", [b"", b"\0\0\0\x08ftyp", b"\0\0\0\x07ftyp", b"\0\0\0\x01ftyp" + bytes(8),
                                   b"\0\0\0\0jxlc", b"\0\0\0\0jxlc\xff", b"\0\0\0\x08free" * 100])  # fmt: skip
def test_boxes_without_a_picture_are_refused(boxes: bytes) -> None:
    with pytest.raises(Rejected, match="JPEG XL image is damaged"):
        process(b"\0\0\0\x0cJXL \r\n\x87\n" + boxes, RULES)


def test_content_decides() -> None:
    assert sniff(heic(quadrants())) is HEIC
    assert sniff(jpeg_xl(quadrants())) is JPEG_XL
