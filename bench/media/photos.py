"""The photos that are measured: something that compresses like a photo, with profiles."""

import io
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageFilter

from service.media import colour, spaces

PHOTOS = ("Display P3", "CMYK")


class Photo(NamedTuple):
    """A file, and the mode it is in."""

    name: str
    data: bytes


def photo(name: str, megapixels: float) -> Photo:
    """Return the photo of this name, a JPEG of so many million pixels, 4 to 3."""
    unit = round((megapixels * 1_000_000 / 12) ** 0.5)
    picture = _scene((4 * unit, 3 * unit))
    if name == "CMYK":
        return Photo(name, _jpeg(picture.convert("CMYK"), press_profile()))
    return Photo(name, _jpeg(picture, spaces.display_p3()))


def press_profile() -> bytes:
    """The profile of the CMYK photo: our own of coated paper."""
    return Path(colour.__file__).with_name("profiles").joinpath("coated.icc").read_bytes()


def _scene(size: tuple[int, int]) -> Image.Image:
    """Blurred noise of several grains, each band its own: large soft forms, edges and some grain, as in photos."""
    bands = []
    for _ in range(3):
        band = Image.new("L", size, 128)
        for grain, share in ((8, 0.7), (60, 0.45), (500, 0.25)):
            noise = Image.effect_noise((grain * size[0] // size[1], grain), 90).resize(
                size, Image.Resampling.BICUBIC
            )
            band = Image.blend(band, noise, share)
        bands.append(band)
    return Image.merge("RGB", bands).filter(ImageFilter.UnsharpMask(2, 80))


def _jpeg(picture: Image.Image, profile: bytes) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=90, icc_profile=profile)
    return file.getvalue()
