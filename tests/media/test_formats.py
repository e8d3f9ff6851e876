"""What is peculiar to a format: HEIC and JPEG XL are upright, and measured before they are decoded."""

import subprocess
import tempfile
from pathlib import Path

import msgspec
import pytest
from PIL import ExifTags, Image

from service.config import MediaConfig
from service.media import jpegxl
from service.media.errors import Rejected
from service.media.formats import HEIC, JPEG_XL, sniff
from service.media.images import process
from tests.media import tools
from tests.media.pictures import file_of, heic, opened, quadrants

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
    assert_upright(file_of(quadrants(), "JXL", exif=rotated_exif().tobytes(), use_container=True))


def test_a_jpeg_inside_a_jpeg_xl_is_turned_as_a_jpeg_is() -> None:
    program = tools.program("cjxl", "libjxl-tools")
    with tempfile.TemporaryDirectory() as folder:
        jpeg, out = f"{folder}/lying.jpg", f"{folder}/lying.jxl"
        Path(jpeg).write_bytes(file_of(quadrants().transpose(TURN), "JPEG", exif=rotated_exif(), quality=95))
        subprocess.run([program, jpeg, out, "--lossless_jpeg=1", "--quiet"], check=True, capture_output=True)
        assert_upright(Path(out).read_bytes())


SIZES = [(8, 8), (64, 32), (256, 256), (257, 1), (1, 257), (40, 30), (512, 511), (513, 8192), (3000, 2), (16, 9),
         (1920, 1080), (1000, 500), (20_000, 1)]  # fmt: skip


@pytest.mark.parametrize("boxed", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_the_size_of_a_jpeg_xl_is_read_from_its_header(size: tuple[int, int], boxed: bool) -> None:
    data = file_of(Image.new("L", size), "JXL", effort=1, use_container=boxed)
    assert data.startswith(b"\0\0\0\x0cJXL" if boxed else b"\xff\x0a")
    assert jpegxl.declared_size(data) == size


def test_a_large_jpeg_xl_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    data = file_of(Image.new("L", (4000, 3000)), "JXL", effort=1)
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("it was opened"))
    with pytest.raises(Rejected, match=r"too many pixels \(4000 x 3000"):
        process(data, msgspec.structs.replace(RULES, max_pixels=1_000_000))


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
    assert sniff(file_of(quadrants(), "JXL")) is JPEG_XL
