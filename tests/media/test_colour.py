"""Colour: what a profile means is what comes out, in every mode; what is no profile is named and does no harm."""

import itertools
from types import SimpleNamespace

import pytest
from PIL import Image

from service.media import colour, spaces
from service.media.colour import black_point_compensation, in_own_space, relative_colorimetric, to_display
from service.media.results import ColourOutcome
from tests.media import profiles
from tests.media.profiles import ADOBE_RGB, DISPLAY_P3, PATCHES, SRGB, difference

GAMMA = 563 / 256  # what "2.2" is in an Adobe RGB profile
P3 = profiles.matrix_profile(DISPLAY_P3, GAMMA)
SWAPPED = profiles.matrix_profile((SRGB[1], SRGB[0], SRGB[2]), GAMMA)
PRESS = profiles.press_profile()
GRAY = profiles.gray_profile(1.8)


def chart(mode: str = "RGB") -> Image.Image:
    image = Image.new("RGB", (24, 1))
    image.putdata(PATCHES)
    return image if mode == "RGB" else image.convert(mode)


def pixels(image: Image.Image) -> list[tuple[int, ...]]:
    return list(zip(*(band.tobytes() for band in image.split()), strict=True))


def meant(primaries: tuple[tuple[float, float], ...], gamma: float) -> list[profiles.Triple]:
    matrix = profiles.to_d50(primaries)
    return [
        profiles.srgb_of(profiles.times(matrix, [(v / 255) ** gamma for v in patch])) for patch in PATCHES
    ]


def assert_close(
    found: Image.Image, expected: list[profiles.Triple], mean: float = 0.5, most: float = 2.0
) -> None:
    differences = [difference(one[:3], other) for one, other in zip(pixels(found), expected, strict=True)]
    assert max(differences) <= most, differences
    assert sum(differences) / len(differences) <= mean


@pytest.mark.parametrize("primaries", [SRGB, DISPLAY_P3, ADOBE_RGB], ids=["srgb", "display-p3", "adobe-rgb"])
def test_rgb_means_what_its_profile_says(primaries: tuple[tuple[float, float], ...]) -> None:
    found, outcome, _ = to_display(chart(), profiles.matrix_profile(primaries, GAMMA))
    assert outcome is ColourOutcome.CONVERTED
    assert found.mode == "RGB"
    assert_close(found, meant(primaries, GAMMA))


def test_ignoring_a_wide_profile_would_be_seen() -> None:
    with pytest.raises(AssertionError):
        assert_close(chart(), meant(ADOBE_RGB, GAMMA))


def test_a_profile_with_red_and_green_swapped_swaps_them() -> None:
    found, _, _ = to_display(chart(), SWAPPED)
    matrix = profiles.to_d50(SRGB)
    expected = [
        profiles.srgb_of(profiles.times(matrix, [(v / 255) ** GAMMA for v in (green, red, blue)]))
        for red, green, blue in PATCHES
    ]
    assert_close(found, expected)


def test_rgba_is_converted_and_keeps_its_alpha() -> None:
    image = chart("RGBA")
    image.putalpha(Image.frombytes("L", (24, 1), bytes(range(0, 240, 10))))
    found, outcome, _ = to_display(image, P3)
    assert (found.mode, outcome) == ("RGBA", ColourOutcome.CONVERTED)
    assert found.getchannel("A").tobytes() == bytes(range(0, 240, 10))
    assert_close(found, meant(DISPLAY_P3, GAMMA))


def test_palette_colours_are_converted() -> None:
    image = chart().quantize(256, dither=Image.Dither.NONE)
    found, outcome, _ = to_display(image, P3)
    assert (found.mode, outcome) == ("RGB", ColourOutcome.CONVERTED)
    assert_close(found, meant(DISPLAY_P3, GAMMA))


def test_transparent_palette_colour_becomes_alpha() -> None:
    image = chart().quantize(256, dither=Image.Dither.NONE)
    hidden = image.getpixel((3, 0))
    image.info["transparency"] = hidden
    found, _, _ = to_display(image, P3)
    assert found.mode == "RGBA"
    assert [alpha for *_, alpha in pixels(found)] == [255] * 3 + [0] + [255] * 20


def expected_gray(level: float) -> profiles.Triple:
    value = profiles.encode_srgb((level / 255) ** 1.8)
    return value, value, value


def test_gray_means_what_its_profile_says() -> None:
    found, outcome, _ = to_display(Image.frombytes("L", (256, 1), bytes(range(256))), GRAY)
    assert (found.mode, outcome) == ("RGB", ColourOutcome.CONVERTED)
    assert found.getpixel((128, 0)) == (146, 146, 146)
    assert_close(found, [expected_gray(level) for level in range(256)])


def test_gray_with_alpha_does_not_vanish() -> None:
    found, outcome, _ = to_display(Image.new("LA", (2, 2), (128, 200)), GRAY)
    assert (found.mode, outcome) == ("RGBA", ColourOutcome.CONVERTED)
    assert found.getpixel((0, 0)) == (146, 146, 146, 200)


@pytest.mark.parametrize("mode", ["I;16", "I;16B"])
@pytest.mark.parametrize(
    ("profile", "level"), [(GRAY, 146), (None, 128), (P3, 128)], ids=["gray", "none", "rgb"]
)
def test_sixteen_bit_gray_is_not_white(mode: str, profile: bytes | None, level: int) -> None:
    image = Image.frombytes(mode, (2, 2), b"\x80\x80" * 4)
    found, _, _ = to_display(image, profile)
    assert found.mode == "RGB"
    assert max(abs(value - level) for value in pixels(found)[0]) <= 1


def test_integers_and_floats_keep_their_brightness() -> None:
    assert to_display(Image.new("I", (1, 1), 0x8080), None).image.getpixel((0, 0)) == (128, 128, 128)
    assert to_display(Image.new("F", (1, 1), 0.5), None).image.getpixel((0, 0)) == (128, 128, 128)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr",
                                  "HSV", "LAB", "I", "F", "I;16", "I;16B", "I;16L"])  # fmt: skip
@pytest.mark.parametrize(
    "profile", [None, P3, GRAY, PRESS, b"garbage"], ids=["none", "rgb", "gray", "cmyk", "bad"]
)
def test_every_mode_with_every_profile_becomes_rgb(mode: str, profile: bytes | None) -> None:
    found, outcome, _ = to_display(Image.new(mode, (3, 2)), profile)
    assert found.mode in {"RGB", "RGBA"}
    assert found.size == (3, 2)
    assert (outcome is ColourOutcome.PROFILE_BROKEN) == (profile == b"garbage")


def press_nodes() -> list[tuple[float, ...]]:
    steps = (0.0, 0.25, 0.5, 0.75, 1.0)
    return list(itertools.product(steps, repeat=4))[:: 625 // 48]


def press_chart(nodes: list[tuple[float, ...]]) -> Image.Image:
    image = Image.new("CMYK", (len(nodes), 1))
    image.putdata([tuple(round(255 * amount) for amount in node) for node in nodes])
    return image


def test_cmyk_means_what_its_profile_says_with_black_point_compensation() -> None:
    nodes = press_nodes()
    black = profiles.neutral(profiles.lab_of(profiles.ink_xyz(1, 1, 1, 1))[0])
    found, outcome, _ = to_display(press_chart(nodes), PRESS)
    assert (found.mode, outcome) == ("RGB", ColourOutcome.CONVERTED)
    expected = [profiles.srgb_of(profiles.compensate(profiles.ink_xyz(*node), black)) for node in nodes]
    assert_close(found, expected, mean=1.5, most=4)


def test_naive_colours_and_a_missing_compensation_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = press_nodes()
    black = profiles.neutral(profiles.lab_of(profiles.ink_xyz(1, 1, 1, 1))[0])
    expected = [profiles.srgb_of(profiles.compensate(profiles.ink_xyz(*node), black)) for node in nodes]
    with pytest.raises(AssertionError):
        assert_close(press_chart(nodes).convert("RGB"), expected, mean=1.5, most=4)
    monkeypatch.setattr(colour, "black_point_compensation", lambda: 0)
    with pytest.raises(AssertionError):
        assert_close(to_display(press_chart(nodes), PRESS + b"\0").image, expected, mean=1.5, most=4)


def test_the_darkest_gray_of_a_device_becomes_black() -> None:
    def scanner(red: float, green: float, blue: float) -> profiles.Triple:
        light = profiles.times(profiles.to_d50(SRGB), (red, green, blue))
        veil = profiles.neutral(20)
        x, y, z = (v * (1 - b / w) + b for v, b, w in zip(light, veil, profiles.D50, strict=True))
        return x, y, z

    image = Image.frombytes("RGB", (2, 1), bytes((0, 0, 0, 255, 255, 255)))
    found, _, _ = to_display(image, profiles.table_profile(b"RGB ", 3, 9, scanner))
    assert max(pixels(found)[0]) <= 2
    assert min(pixels(found)[1]) >= 254


def test_cmyk_without_profile_is_taken_as_printed_on_coated_paper() -> None:
    image = press_chart(press_nodes())
    found, outcome, _ = to_display(image, None)
    assert outcome is ColourOutcome.CMYK_WITHOUT_PROFILE
    assert found.tobytes() == to_display(image, colour.COATED.read_bytes()).image.tobytes()
    # FOGRA39's measurements: paper is white; full cyan (L* 55, a* -37, b* -50 on it) is out of sRGB's gamut.
    assert to_display(Image.new("CMYK", (1, 1)), None).image.getpixel((0, 0)) == (255, 255, 255)
    cyan = to_display(Image.new("CMYK", (1, 1), (255, 0, 0, 0)), None).image.getpixel((0, 0))
    assert cyan in {(0, 159, 227), (0, 159, 228)}  # as older versions of Little CMS round it


def test_a_useless_profile_does_not_lead_to_the_simple_formula() -> None:
    image = press_chart(press_nodes())
    for useless in (P3, GRAY, b"garbage"):
        assert to_display(image, useless).image.tobytes() == to_display(image, None).image.tobytes()


def test_a_wide_gamut_is_kept_where_that_is_wanted() -> None:
    found, outcome, embedded = to_display(chart(), P3, keep_wide_gamut=True)
    assert outcome is ColourOutcome.CONVERTED
    assert embedded == spaces.display_p3()
    # What the pixels mean beside the profile that goes with them is what they meant before.
    assert_close(to_display(found, embedded).image, meant(DISPLAY_P3, GAMMA))
    # And what sRGB cannot hold is still there.
    green = Image.new("RGB", (1, 1), (0, 255, 0))
    assert to_display(green, P3, keep_wide_gamut=True).image.getpixel((0, 0)) == (0, 255, 0)


@pytest.mark.parametrize(
    ("image", "profile"),
    [(chart(), profiles.matrix_profile(SRGB, GAMMA)), (chart(), SWAPPED), (chart(), None), (chart(), b"garbage"),
     (chart("L"), GRAY), (Image.new("CMYK", (1, 1)), PRESS), (Image.new("CMYK", (1, 1)), P3)],
    ids=["srgb", "swapped", "none", "bad", "gray", "cmyk", "misfit"],
)  # fmt: skip
def test_what_is_not_wide_stays_srgb(image: Image.Image, profile: bytes | None) -> None:
    kept = to_display(image, profile, keep_wide_gamut=True)
    assert kept.profile is None
    assert kept.image.tobytes() == to_display(image, profile).image.tobytes()


def test_lab_needs_no_profile() -> None:
    found, outcome, _ = to_display(Image.new("LAB", (1, 1), (137, 128, 128)), None)
    assert outcome is ColourOutcome.CONVERTED
    expected = profiles.srgb_of(profiles.neutral(137 / 2.55))
    assert difference(pixels(found)[0], expected) < 1


@pytest.mark.parametrize(
    ("image", "profile", "expected"),
    [
        (Image.new("L", (1, 1), 100), SWAPPED, ColourOutcome.CONVERTED_THROUGH_MODE),
        (Image.new("LA", (1, 1), (100, 9)), SWAPPED, ColourOutcome.CONVERTED_THROUGH_MODE),
        (Image.new("I;16", (1, 1), 100 * 257), SWAPPED, ColourOutcome.CONVERTED_THROUGH_MODE),
        (Image.new("RGB", (1, 1), (128, 128, 128)), GRAY, ColourOutcome.CONVERTED_THROUGH_MODE),
        (Image.new("RGBA", (1, 1), (128, 128, 128, 7)), GRAY, ColourOutcome.CONVERTED_THROUGH_MODE),
        (Image.new("RGB", (1, 1), (200, 100, 50)), GRAY, ColourOutcome.PROFILE_MISFIT),
        (Image.new("RGB", (1, 1), (200, 100, 50)), PRESS, ColourOutcome.PROFILE_MISFIT),
        (Image.new("L", (1, 1), 100), PRESS, ColourOutcome.PROFILE_MISFIT),
        (Image.new("CMYK", (1, 1), (9, 9, 9, 9)), P3, ColourOutcome.PROFILE_MISFIT),
        (Image.new("CMYK", (1, 1), (9, 9, 9, 9)), GRAY, ColourOutcome.PROFILE_MISFIT),
        (Image.new("LAB", (1, 1), (100, 128, 128)), P3, ColourOutcome.PROFILE_MISFIT),
    ],
    ids=lambda value: value.mode if isinstance(value, Image.Image) else None,
)
def test_a_profile_of_another_space(image: Image.Image, profile: bytes, expected: ColourOutcome) -> None:
    found, outcome, _ = to_display(image, profile)
    assert outcome is expected
    if outcome is ColourOutcome.PROFILE_MISFIT:
        assert found.tobytes() == to_display(image, None).image.tobytes()


def test_a_gray_picture_in_rgb_takes_the_gray_profile() -> None:
    assert to_display(Image.new("RGBA", (1, 1), (128, 128, 128, 7)), GRAY).image.getpixel((0, 0)) == (
        146,
        146,
        146,
        7,
    )


@pytest.mark.parametrize("profile", [P3, GRAY, PRESS], ids=["rgb", "gray", "cmyk"])
def test_a_profile_cut_off_anywhere_is_broken(profile: bytes) -> None:
    end = min(len(profile) - 8, 400)  # a profile is whole without its last padding
    for length in [*range(1, end, 7), len(profile) // 2]:
        for mode in ("RGB", "L", "LA", "CMYK", "I;16"):
            _, outcome, _ = to_display(Image.new(mode, (1, 1)), profile[:length])
            assert outcome in {ColourOutcome.PROFILE_BROKEN, ColourOutcome.PROFILE_MISFIT}


@pytest.mark.parametrize("kind", [b"link", b"abst", b"nmcl"])
def test_profiles_that_describe_no_image_are_broken(kind: bytes) -> None:
    assert to_display(chart(), P3[:12] + kind + P3[16:]).outcome is ColourOutcome.PROFILE_BROKEN


def test_a_giant_profile_is_broken() -> None:
    giant = P3 + b"\0" * colour.MAX_PROFILE_BYTES
    assert to_display(chart(), giant).outcome is ColourOutcome.PROFILE_BROKEN


def test_the_image_given_is_not_changed() -> None:
    for image, profile in ((chart(), P3), (chart(), None), (Image.new("LA", (1, 1), (9, 9)), GRAY)):
        before = image.tobytes()
        found, _, _ = to_display(image, profile)
        found.paste(0, (0, 0, 1, 1))
        assert image.tobytes() == before


def test_a_transform_is_built_once() -> None:
    colour._transform.cache_clear()
    for _ in range(3):
        to_display(chart(), bytes(bytearray(P3)))
    assert colour._transform.cache_info().misses == 1


def test_own_space_can_be_resized() -> None:
    for mode in ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "LAB", "I;16", "I;16B", "I", "F", "YCbCr"):
        own = in_own_space(Image.new(mode, (8, 8)))
        assert own.resize((3, 3), Image.Resampling.LANCZOS, reducing_gap=2.0).size == (3, 3)


def test_names_in_every_pillow() -> None:
    """Here by their names in old versions; `make test-media PILLOW=…` runs all of this on real ones."""
    old = SimpleNamespace(INTENT_RELATIVE_COLORIMETRIC=1, FLAGS={"BLACKPOINTCOMPENSATION": 8192})
    assert (relative_colorimetric(old), black_point_compensation(old)) == (1, 8192)
    assert int(relative_colorimetric()) == 1
    assert int(black_point_compensation()) == 8192
