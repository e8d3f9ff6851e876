"""Colour, the one place for it: any image becomes sRGB, or Display P3 where wide gamuts are kept, as its profile says.

Pure; used by the web process's and the workers' image processes alike. The method is relative colorimetric with
black point compensation, straight from the image's own space: what a photographer's program shows.
"""

import io
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image, ImageChops, ImageCms

from service.media import spaces
from service.media.results import ColourOutcome

# The largest profiles in use (CMYK, 16-bit tables) have 2 to 5 MB.
MAX_PROFILE_BYTES = 8 * 1024 * 1024

# What CMYK without a profile is printed with: offset on coated paper, FOGRA39 (service/media/profiles/README.md).
COATED = Path(__file__).with_name("profiles") / "coated.icc"

# A gamut that covers so much more of the chromaticity diagram than sRGB's is a wide one. Display P3's has 1.36 times.
_WIDE = 1.1


class Managed(NamedTuple):
    """An image as it is to be shown: mode RGB, or RGBA where it has transparency; and how its colours got there.

    `profile` is what must be embedded beside the pixels: None where they are sRGB, which all our formats mean without.
    """

    image: Image.Image
    outcome: ColourOutcome
    profile: bytes | None = None


def to_display(image: Image.Image, profile: bytes | None, *, keep_wide_gamut: bool = False) -> Managed:
    """Return the image in sRGB; never raises because of a profile.

    Parameters:
        image: a loaded image in any of Pillow's modes; it is not changed. A CMYK image holds ink as Pillow means
            it (255 = full ink), so an inverted file must have been turned round by its decoder.
        profile: the embedded ICC profile's bytes, if any.
        keep_wide_gamut: put images whose profile describes a gamut much wider than sRGB's into Display P3 instead.
    """
    own = in_own_space(image)
    if not profile:
        return _without_profile(own, _outcome_without_profile(own))
    space = profile_space(profile)
    if space is None:
        return _without_profile(own, ColourOutcome.PROFILE_BROKEN)
    fitting = _in_profile_space(own, space)
    if fitting is None:
        return _without_profile(own, ColourOutcome.PROFILE_MISFIT)
    target = spaces.display_p3() if keep_wide_gamut and is_wide(profile) else None
    try:
        converted = _convert(fitting, profile, target)
    except (ImageCms.PyCMSError, OSError):
        return _without_profile(own, ColourOutcome.PROFILE_BROKEN)
    through_mode = fitting is not own
    outcome = ColourOutcome.CONVERTED_THROUGH_MODE if through_mode else ColourOutcome.CONVERTED
    return Managed(converted, outcome, target)


def in_own_space(image: Image.Image) -> Image.Image:
    """Return the same colours in the nearest mode that can be resized and converted.

    That is one of L, LA, I;16, RGB, RGBA, CMYK, LAB. Palettes become colours, a transparent colour becomes alpha;
    nothing is interpreted yet. 32-bit integers are read as 16-bit ones (how some decoders hand those over), floats
    as 0 to 1, or 0 to 255 if any is larger.
    """
    mode = image.mode
    if image.has_transparency_data and mode not in {"RGBA", "LA", "La", "RGBa"}:
        return image.convert("LA" if mode in {"1", "L"} else "RGBA")
    if mode in {"L", "LA", "I;16", "RGB", "RGBA", "CMYK", "LAB"}:
        return image
    if mode == "1":
        return image.convert("L")
    if mode in {"La", "RGBa"}:
        return image.convert(mode.upper())
    if mode.startswith("I;16"):
        # Pillow's direct conversion between byte orders clips at 255.
        return image.convert("I").convert("I;16")
    if mode == "I":
        return _sixteen_to_eight(image)
    if mode == "F":
        return _float_to_eight(image)
    return image.convert("RGB")


def profile_space(profile: bytes) -> str | None:
    """Return the colour space a profile describes ("RGB", "GRAY", "CMYK", "Lab"), or None if it is of no use."""
    if len(profile) > MAX_PROFILE_BYTES:
        return None
    try:
        return ImageCms.ImageCmsProfile(io.BytesIO(profile)).profile.xcolor_space.strip()
    except OSError:
        return None


@lru_cache(maxsize=16)
def is_wide(profile: bytes) -> bool:
    """Whether a readable profile is of RGB and its primaries span a gamut much wider than sRGB's."""
    wide, srgb = (
        _spanned(ImageCms.ImageCmsProfile(io.BytesIO(one)).profile) for one in (profile, _srgb().tobytes())
    )
    return wide > _WIDE * srgb


def _spanned(profile: Any) -> float:
    """The area of the triangle of a profile's primaries in the chromaticity diagram; 0 where it names none."""
    primaries = (profile.red_primary, profile.green_primary, profile.blue_primary)
    if None in primaries or profile.xcolor_space.strip() != "RGB":
        return 0.0
    (ax, ay), (bx, by), (cx, cy) = (primary[1][:2] for primary in primaries)
    return float(abs((bx - ax) * (cy - ay) - (by - ay) * (cx - ax)) / 2)


def relative_colorimetric(cms: Any = ImageCms) -> Any:
    """Return the rendering intent by the name that this Pillow knows it by (an enum since 9.1)."""
    intents = getattr(cms, "Intent", None)
    return intents.RELATIVE_COLORIMETRIC if intents else cms.INTENT_RELATIVE_COLORIMETRIC


def black_point_compensation(cms: Any = ImageCms) -> Any:
    """Return the flag by the name that this Pillow knows it by: `Flags` since 10.3, before that the dict `FLAGS`."""
    flags = getattr(cms, "Flags", None)
    return flags.BLACKPOINTCOMPENSATION if flags else cms.FLAGS["BLACKPOINTCOMPENSATION"]


def _outcome_without_profile(image: Image.Image) -> ColourOutcome:
    by_mode = {"CMYK": ColourOutcome.CMYK_WITHOUT_PROFILE, "LAB": ColourOutcome.CONVERTED}
    return by_mode.get(image.mode, ColourOutcome.ASSUMED_SRGB)


def _without_profile(image: Image.Image, outcome: ColourOutcome) -> Managed:
    """Read the values as sRGB, Lab as defined, and CMYK as printed on coated paper."""
    if image.mode == "LAB":
        return Managed(_lab_transform().apply(image), outcome)
    if image.mode == "CMYK":
        return Managed(_coated_transform().apply(image), outcome)
    if image.mode == "I;16":
        return Managed(_sixteen_to_eight(image).convert("RGB"), outcome)
    return Managed(image.convert("RGBA" if image.mode in {"LA", "RGBA"} else "RGB"), outcome)


def _in_profile_space(image: Image.Image, space: str) -> Image.Image | None:
    """Return the image in a mode of the profile's space: itself, its equal in another mode, or None."""
    mode = image.mode
    if space == "RGB":
        return _as_rgb(image) if mode not in {"CMYK", "LAB"} else None
    if space == "GRAY":
        return image if mode in {"L", "LA", "I;16"} else _as_gray(image)
    return image if space.upper() == mode else None


def _as_rgb(image: Image.Image) -> Image.Image:
    if image.mode in {"RGB", "RGBA"}:
        return image
    return _without_profile(image, ColourOutcome.ASSUMED_SRGB).image


def _as_gray(image: Image.Image) -> Image.Image | None:
    """Return an RGB image as gray if all its pixels are; colours must not vanish because of a wrong profile."""
    if image.mode not in {"RGB", "RGBA"}:
        return None
    red, green, blue, *alpha = image.split()
    if ImageChops.difference(red, green).getbbox() or ImageChops.difference(green, blue).getbbox():
        return None
    return Image.merge("LA", (red, alpha[0])) if alpha else red


def _convert(image: Image.Image, profile: bytes, target: bytes | None) -> Image.Image:
    if image.mode != "LA":
        out_mode = "RGBA" if image.mode == "RGBA" else "RGB"
        return _transform(profile, target, image.mode, out_mode).apply(image)
    # LittleCMS as Pillow drives it returns alpha 0 for LA, so the gray goes alone.
    gray, alpha = image.split()
    converted = _transform(profile, target, "L", "RGB").apply(gray)
    converted.putalpha(alpha)
    return converted


@lru_cache(maxsize=16)
def _transform(profile: bytes, target: bytes | None, mode: str, out_mode: str) -> ImageCms.ImageCmsTransform:
    """Building one takes longer than using it (CMYK above all), and cameras' and phones' profiles repeat."""
    into = ImageCms.ImageCmsProfile(io.BytesIO(target)) if target else _srgb()
    return _build_transform(ImageCms.ImageCmsProfile(io.BytesIO(profile)), into, mode, out_mode)


@lru_cache(maxsize=1)
def _lab_transform() -> ImageCms.ImageCmsTransform:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    return _build_transform(lab, _srgb(), "LAB", "RGB")


@lru_cache(maxsize=1)
def _coated_transform() -> ImageCms.ImageCmsTransform:
    coated = ImageCms.ImageCmsProfile(io.BytesIO(COATED.read_bytes()))
    return _build_transform(coated, _srgb(), "CMYK", "RGB")


@lru_cache(maxsize=1)
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _build_transform(
    source: ImageCms.ImageCmsProfile, into: ImageCms.ImageCmsProfile, mode: str, out_mode: str
) -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(
        source, into, mode, out_mode, relative_colorimetric(), black_point_compensation()
    )


def _sixteen_to_eight(image: Image.Image) -> Image.Image:
    """Scale 0..65535 to 0..255; Pillow's own conversion clips, so that everything turns white."""
    return image.point(lambda value: value * (1 / 257) + 0.5).convert("L")


def _float_to_eight(image: Image.Image) -> Image.Image:
    _, high = image.getextrema()
    scale = 255.0 if isinstance(high, float) and high <= 1 else 1.0
    return image.point(lambda value: value * scale + 0.5).convert("L")
