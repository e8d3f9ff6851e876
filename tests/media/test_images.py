"""From any file to three safe sizes: upright, in colour, without a trace of where it was taken; or a clear refusal."""

import io
import json
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from service.config import MediaConfig
from service.media import spaces
from service.media.errors import Rejected
from service.media.formats import INPUTS
from service.media.images import process
from service.media.results import ColourOutcome
from tests.holding import tenth_of_a_second
from tests.media import pictures, profiles, tools
from tests.media.pictures import FOREIGN, SOUND, animation, file_of, noise, opened, quadrants

RULES = MediaConfig()


def rules(**changes: int | str) -> MediaConfig:
    return msgspec.structs.replace(RULES, **changes)


def near(one: object, other: tuple[int, ...], by: int = 12) -> bool:
    assert isinstance(one, tuple)
    return all(abs(a - b) <= by for a, b in zip(one[:3], other, strict=True))


@pytest.mark.parametrize("name", SOUND)
@pytest.mark.parametrize("output", ["webp", "avif"])
def test_every_format_comes_out_as_the_configured_one(name: str, output: str) -> None:
    image = process(SOUND[name](), rules(output=output))
    assert (image.content_type, image.extension) == (f"image/{output}", f".{output}")
    assert image.source_format in {found.name for found in INPUTS}
    shown = opened(image.body)
    assert shown.format == output.upper()
    assert shown.size == (image.width, image.height)
    assert getattr(shown, "n_frames", 1) == image.frames == (5 if name.startswith("animated") else 1)
    assert not {"icc_profile", "exif", "xmp", "comment"} & shown.info.keys()


def test_sizes_are_bounded_and_keep_their_proportions() -> None:
    image = process(file_of(noise(800, 400), "JPEG"), rules(max_side=600, medium_side=200, thumbnail_side=50))
    assert (image.width, image.height) == (600, 300)
    assert (image.medium.width, image.medium.height) == (200, 100)
    assert (image.thumbnail.width, image.thumbnail.height) == (50, 25)
    assert opened(image.medium.body).size == (200, 100)
    assert opened(image.thumbnail.body).size == (50, 25)


def test_nothing_grows() -> None:
    image = process(file_of(quadrants(20, 10), "PNG"), RULES)
    assert (image.width, image.height) == (20, 10)
    assert image.body == image.medium.body == image.thumbnail.body
    assert (image.thumbnail.width, image.thumbnail.height) == (20, 10)


@pytest.mark.parametrize(("width", "height"), [(4000, 1), (1, 4000)])
def test_a_line_keeps_a_pixel_of_thickness(width: int, height: int) -> None:
    image = process(file_of(Image.new("RGB", (width, height)), "PNG"), rules(max_side=100))
    assert sorted((image.width, image.height)) == [1, 100]


TURN_BACK = {1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
             4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90,
             7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270}  # fmt: skip


@pytest.mark.parametrize("orientation", TURN_BACK)
@pytest.mark.parametrize("encoder", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_every_orientation_is_turned_upright(orientation: int, encoder: str) -> None:
    turn = TURN_BACK[orientation]
    lying = quadrants() if turn is None else quadrants().transpose(turn)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    image = process(file_of(lying, encoder, exif=exif), RULES)
    assert (image.width, image.height) == (64, 32)
    for body in (image.body, image.medium.body, image.thumbnail.body):
        shown = opened(body).convert("RGB")
        corners = [shown.getpixel(at) for at in ((6, 6), (58, 6), (6, 26), (58, 26))]
        expected = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)]
        assert all(near(one, other, 40) for one, other in zip(corners, expected, strict=True)), corners


def test_a_shrunken_image_is_turned_too() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    lying = quadrants(640, 320).transpose(Image.Transpose.ROTATE_90)
    image = process(file_of(lying, "JPEG", exif=exif), rules(max_side=64))
    assert (image.width, image.height) == (64, 32)
    assert near(opened(image.body).getpixel((6, 6)), (255, 0, 0), 40)


def test_broken_exif_is_no_reason_to_refuse() -> None:
    exif = b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\xff" * 40
    assert process(file_of(quadrants(), "JPEG", exif=exif), RULES).width == 64


SECRET = b"secret-place"


def place_and_camera() -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = SECRET.decode()
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (52.0, 31.0, 12.0)
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSMapDatum] = SECRET.decode()
    return exif


def with_metadata(encoder: str) -> bytes:
    exif = place_and_camera()
    packet = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + SECRET + b"</x:xmpmeta>"
    options: dict[str, object] = {"exif": exif}
    if encoder == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", SECRET.decode())
        text.add_itxt("XML:com.adobe.xmp", packet.decode())
        options["pnginfo"] = text
    else:
        options["xmp"] = packet
    if encoder == "JPEG":
        options["comment"] = SECRET
    return file_of(quadrants(), encoder, **options)


@pytest.mark.parametrize("encoder", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
@pytest.mark.parametrize("output", ["webp", "avif"])
def test_no_metadata_survives(encoder: str, output: str) -> None:
    data = with_metadata(encoder)
    assert SECRET in data
    image = process(data, rules(output=output))
    for body in (image.body, image.medium.body, image.thumbnail.body):
        for trace in (SECRET, b"Exif", b"EXIF", b"xmp", b"XMP ", b"ICCP", b"GPS"):
            assert trace not in body
        assert not dict(opened(body).getexif())


def test_metadata_of_a_comment_in_a_gif_does_not_survive() -> None:
    assert SECRET not in process(animation(3, comment=SECRET), RULES).body


def test_what_is_hidden_behind_an_image_does_not_survive() -> None:
    script = b"<script>alert(document.domain)</script>" + b"PK\3\4payload"
    for name in ("JPEG", "PNG", "GIF", "WebP", "BMP"):
        image = process(SOUND[name]() + script, RULES)
        assert b"script" not in image.body
        assert b"payload" not in image.body


@pytest.mark.parametrize("output", ["webp", "avif"])
def test_colours_survive_the_whole_way(output: str) -> None:
    """A photo's size, drafted, shrunk and encoded: the patches of a chart still mean what the profile says."""
    chart = Image.new("RGB", (6, 4))
    chart.putdata(profiles.PATCHES)
    photo = chart.resize((2400, 1600), Image.Resampling.NEAREST)
    profile = profiles.matrix_profile(profiles.DISPLAY_P3, 2.2)
    data = file_of(photo, "JPEG", quality=95, subsampling=0, icc_profile=profile)
    image = process(data, rules(output=output, max_side=600))
    assert image.colour is ColourOutcome.CONVERTED
    matrix = profiles.to_d50(profiles.DISPLAY_P3)
    shown = opened(image.body).convert("RGB")
    found = [shown.getpixel((50 + 100 * (at % 6), 50 + 100 * (at // 6))) for at in range(24)]
    gamma = round(2.2 * 256) / 256
    for one, patch in zip(found, profiles.PATCHES, strict=True):
        assert isinstance(one, tuple)
        meant = profiles.srgb_of(profiles.times(matrix, [(level / 255) ** gamma for level in patch]))
        assert profiles.difference(one, meant) < 3.5, (patch, one, meant)


@pytest.mark.parametrize("marked", [True, False])
def test_cmyk_jpegs_are_inverted_only_where_adobe_did_it(marked: bool) -> None:
    ink = Image.new("CMYK", (32, 32), (255, 0, 0, 0))  # Pillow writes it inverted, and marked as Adobe's
    data = file_of(ink, "JPEG", quality=100, icc_profile=profiles.press_profile())
    if not marked:
        data = pictures.without_segment(data, 0xEE)
    image = process(data, RULES)
    assert image.colour is ColourOutcome.CONVERTED
    amounts = (1, 0, 0, 0) if marked else (0, 1, 1, 1)
    black = profiles.neutral(profiles.lab_of(profiles.ink_xyz(1, 1, 1, 1))[0])
    meant = profiles.srgb_of(profiles.compensate(profiles.ink_xyz(*amounts), black))
    assert profiles.difference(opened(image.body).convert("RGB").getpixel((16, 16)), meant) < 5  # type: ignore[arg-type]


def test_transparency_is_kept_and_idle_alpha_dropped() -> None:
    image = process(file_of(Image.new("RGBA", (16, 16), (255, 0, 0, 100)), "PNG"), RULES)
    shown = opened(image.body)
    assert shown.mode == "RGBA"
    assert abs(shown.getpixel((8, 8))[3] - 100) <= 3  # type: ignore[index]
    opaque = process(file_of(Image.new("RGBA", (16, 16), (255, 0, 0, 255)), "PNG"), RULES)
    assert opened(opaque.body).mode == "RGB"


def test_the_average_colour() -> None:
    assert process(file_of(Image.new("RGB", (99, 70), (10, 200, 30)), "PNG"), RULES).average == "#0ac81e"


def test_the_profile_is_named_when_it_is_of_no_use() -> None:
    assert (
        process(file_of(quadrants(), "PNG", icc_profile=b"garbage"), RULES).colour
        is ColourOutcome.PROFILE_BROKEN
    )
    gray = profiles.gray_profile(1.8)
    assert (
        process(file_of(quadrants(), "PNG", icc_profile=gray), RULES).colour is ColourOutcome.PROFILE_MISFIT
    )
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert process(file_of(quadrants(), "WEBP", icc_profile=srgb), RULES).colour is ColourOutcome.CONVERTED


@pytest.mark.parametrize("encoder", ["GIF", "WEBP", "PNG", "AVIF"])
def test_an_animation_stays_one(encoder: str) -> None:
    image = process(animation(6, (80, 40), encoder, loop=0), rules(max_side=40))
    assert (image.frames, image.width, image.height) == (6, 40, 20)
    shown = Image.open(io.BytesIO(image.body))
    assert shown.info["loop"] == 0
    for number in range(6):
        shown.seek(number)
        shown.load()
        assert shown.info["duration"] == 50
        assert near(
            shown.convert("RGB").getpixel((20, 10)), (number * 37 % 256, number * 91 % 256, number * 53 % 256)
        )
    assert getattr(opened(image.thumbnail.body), "n_frames", 1) == 1


def test_a_still_is_made_of_an_animation_on_demand() -> None:
    image = process(animation(6), RULES, still=True)
    assert (image.frames, getattr(opened(image.body), "n_frames", 1)) == (1, 1)


@pytest.mark.parametrize(("options", "plays"), [({}, 1), ({"loop": 0}, 0), ({"loop": 3}, 4)])
def test_a_gif_plays_as_often_as_before(options: dict[str, Any], plays: int) -> None:
    assert opened(process(animation(3, **options), RULES).body).info["loop"] == plays


def test_frames_without_a_time_show_as_browsers_show_them() -> None:
    shown = opened(process(animation(3, duration=10), RULES).body)
    assert shown.info["duration"] == 100


@pytest.mark.parametrize("encoder", ["GIF", "WEBP", "PNG", "AVIF"])
def test_too_many_frames(encoder: str) -> None:
    data = animation(6, encoder=encoder)
    assert process(data, rules(max_frames=6)).frames == 6
    with pytest.raises(Rejected, match="too many frames"):
        process(data, rules(max_frames=5))
    with pytest.raises(Rejected, match="too many pixels in all its frames"):
        process(data, rules(max_animation_pixels=6 * 16 * 16 - 1))


def test_a_million_frames_are_refused_at_once() -> None:
    data = pictures.long_gif(900_000)
    started = time.thread_time()
    with pytest.raises(Rejected, match="too many frames"):
        process(data, RULES)
    assert time.thread_time() - started < 20 * tenth_of_a_second()


def test_a_default_image_is_no_frame() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    data = file_of(frames[0], "PNG", save_all=True, append_images=frames[1:], default_image=True, duration=50)
    image = process(data, RULES)
    assert image.frames == 2
    assert near(opened(image.body).convert("RGB").getpixel((4, 4)), (0, 255, 0))


@pytest.mark.parametrize("name", FOREIGN)
def test_other_files_are_refused_whatever_they_are_called(name: str) -> None:
    with pytest.raises(Rejected, match="SVG" if name == "svg" else "isn't an image format"):
        process(FOREIGN[name], RULES)


def test_an_empty_and_a_too_long_file() -> None:
    with pytest.raises(Rejected, match="empty"):
        process(b"", RULES)
    with pytest.raises(Rejected, match="too large"):
        process(SOUND["PNG"](), rules(max_upload=50))


@pytest.mark.parametrize(("width", "height"), [(50_000, 50_000), (2**31 - 1, 1), (100_000, 601)])
def test_a_bomb_is_refused_before_it_is_decoded(width: int, height: int) -> None:
    with pytest.raises(Rejected, match="too many pixels"):
        process(pictures.png(width, height), RULES)


def test_a_canvas_that_grows_is_refused() -> None:
    small = bytearray(animation(2, (16, 16)))
    at = small.rindex(b",\0\0\0\0")
    small[at + 5 : at + 9] = b"\xff\xff\xff\xff"
    with pytest.raises(Rejected, match="too many pixels"):
        process(bytes(small), RULES)


def test_frames_that_reach_over_the_edge_are_cut() -> None:
    larger = file_of(quadrants(24, 24).quantize(4), "GIF")
    data = animation(2, (16, 16)).removesuffix(b";") + larger[larger.index(b",\0\0\0\0") :]
    image = process(data, RULES)
    assert (image.frames, image.width, image.height) == (3, 16, 16)


@pytest.mark.parametrize("name", [name for name in SOUND if "animated" not in name])
def test_truncated_files_are_refused_in_words(name: str) -> None:
    data = SOUND[name]()
    for length in {12, len(data) // 4, len(data) // 2, len(data) * 3 // 4}:
        try:
            process(data[:length], RULES)
        except Rejected as refused:
            assert refused.reason.endswith(".")  # noqa: PT017
        else:
            # Browsers show these as far as they go; the others are refused.
            assert any(kind in name for kind in ("JPEG", "MPO", "PNG", "GIF", "WebP")), (name, length)


@pytest.mark.parametrize("name", SOUND)
def test_mutated_files_end_in_an_image_or_a_refusal(name: str) -> None:
    data = SOUND[name]()
    for seed in range(40):
        mutated = bytearray(data)
        for step in range(1 + seed % 4):
            mutated[(seed * 7919 + step * 104729) % len(data)] = (seed * 31 + step * 17) % 256
        with suppress(Rejected):
            process(bytes(mutated), rules(max_pixels=1_000_000))


def test_the_format_is_what_the_content_says() -> None:
    assert process(b"BM" + SOUND["BMP"]()[2:], RULES).source_format == "BMP"
    with pytest.raises(Rejected, match="This PNG image is damaged"):
        process(b"\x89PNG\r\n\x1a\n" + SOUND["JPEG"](), RULES)


def test_a_wide_gamut_is_kept_where_that_is_wanted_with_its_profile_and_nothing_else() -> None:
    picture = Image.new("RGB", (400, 300), (0, 255, 0))
    profile = profiles.matrix_profile(profiles.DISPLAY_P3, 2.2)
    data = file_of(picture, "JPEG", quality=95, icc_profile=profile, exif=place_and_camera())
    for output in ("webp", "avif"):
        kept = process(data, rules(output=output, keep_wide_gamut=True, medium_side=200, thumbnail_side=50))
        for body in (kept.body, kept.medium.body, kept.thumbnail.body):
            shown = opened(body)
            assert shown.info["icc_profile"] == spaces.display_p3()
            assert not dict(shown.getexif())
            assert near(shown.convert("RGB").getpixel((20, 20)), (0, 255, 0))
        narrow = process(data, rules(output=output))
        assert "icc_profile" not in opened(narrow.body).info
        assert kept.average[1:3] == narrow.average[1:3] == "00"  # the average is in sRGB either way


def test_srgb_images_carry_no_profile_where_a_wide_gamut_is_kept() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = process(file_of(quadrants(), "PNG", icc_profile=srgb), rules(keep_wide_gamut=True))
    assert "icc_profile" not in opened(image.body).info


# What exiftool derives from the picture itself, and says of every file.
OF_THE_PICTURE = {"SourceFile", "ExifToolVersion", "FileName", "Directory", "FileSize", "FileModifyDate",
                  "FileAccessDate", "FileInodeChangeDate", "FilePermissions", "FileType", "FileTypeExtension",
                  "MIMEType", "ImageWidth", "ImageHeight", "ImageSize", "Megapixels", "VP8Version", "HorizontalScale",
                  "VerticalScale", "WebP_Flags", "AlphaPreprocessing", "AlphaFiltering", "AlphaCompression",
                  "AlphaIsUsed", "AnimationLoopCount", "BackgroundColor", "FrameCount", "Duration"}  # fmt: skip
# The boxes of AVIF's container.
OF_THE_CONTAINER = {"MajorBrand", "MinorVersion", "CompatibleBrands", "HandlerType", "HandlerDescription",
                    "PrimaryItemReference", "ItemList", "MetaImageSize", "ImageSpatialExtent", "ImagePixelDepth",
                    "AV1ConfigurationVersion", "SeqProfile", "SeqLevelIdx0", "SeqTier0", "HighBitDepth", "TwelveBit",
                    "ChromaFormat", "ChromaSamplePosition", "ColorProfiles", "ColorPrimaries",
                    "TransferCharacteristics", "MatrixCoefficients", "VideoFullRangeFlag", "MediaDataSize",
                    "MediaDataOffset"}  # fmt: skip


@pytest.mark.parametrize("output", ["webp", "avif"])
@pytest.mark.parametrize("encoder", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "HEIC"])
def test_exiftool_finds_nothing_but_the_picture(encoder: str, output: str, tmp_path: Path) -> None:
    exiftool = tools.program("exiftool", "libimage-exiftool-perl")
    data = (
        pictures.heic(quadrants(), exif=place_and_camera().tobytes())
        if encoder == "HEIC"
        else with_metadata(encoder)
    )
    image = process(data, rules(output=output))
    files = {
        "before": data,
        "after": image.body,
        "medium": image.medium.body,
        "thumbnail": image.thumbnail.body,
    }
    for name, body in files.items():
        (tmp_path / name).write_bytes(body)
    said = subprocess.run([exiftool, "-json", *(tmp_path / name for name in files)],
                          capture_output=True, check=True, timeout=60)  # fmt: skip
    before, *after = json.loads(said.stdout)
    assert {"GPSLatitude", "Make"} & before.keys()
    for tags in after:
        assert tags.keys() <= OF_THE_PICTURE | OF_THE_CONTAINER, (
            tags.keys() - OF_THE_PICTURE - OF_THE_CONTAINER
        )
