"""The decoders: loaded, held to one thread each, and reached only by the name of the format that a file really is."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import pi_heif
from PIL import AvifImagePlugin, Image, MpoImagePlugin, TiffImagePlugin, WebPImagePlugin

from service.config import MediaConfig
from service.media import jpegxl
from service.media.errors import Rejected
from service.media.formats import JPEG_XL, InputFormat
from service.media.limits import check_pixels, millions

# Pillow finds these by name; loading them is what makes them findable.
LOADED = (AvifImagePlugin, MpoImagePlugin, TiffImagePlugin, WebPImagePlugin)

# One image, one processor.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1
pi_heif.register_heif_opener(thumbnails=False, decode_threads=1)


def open_picture(data: bytes, found: InputFormat, rules: MediaConfig) -> Image.Image:
    """Return the picture of a file, its pixels not decoded yet where the decoder can wait.

    Raises:
        Rejected: its header says that it has too many pixels.
    """
    if found is JPEG_XL:
        return jpegxl.picture(data, rules)
    picture = Image.open(io.BytesIO(data), formats=found.decoders)
    check_pixels(picture.size, rules)
    return picture


@contextmanager
def decoding(found: InputFormat, rules: MediaConfig) -> Iterator[None]:
    """Hold decoders to the limit of pixels, and turn what they make of a hostile or damaged file into words."""
    with _pillow_limits(rules), _as_rejection(found, rules):
        yield


@contextmanager
def _pillow_limits(rules: MediaConfig) -> Iterator[None]:
    """Some decoders reserve memory while they open a file; Pillow's own limit holds for those."""
    before = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = rules.max_pixels
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


@contextmanager
def _as_rejection(found: InputFormat, rules: MediaConfig) -> Iterator[None]:
    try:
        yield
    except (Rejected, MemoryError):
        raise
    except Image.DecompressionBombError:
        raise Rejected(f"This image has too many pixels (at most {millions(rules.max_pixels)}).") from None
    except Exception as error:
        # Decoders of forty formats in three languages: a broken file may raise anything at all here, and
        # every one of those means the same to the person who sent it.
        raise Rejected(f"This {found.name} image is damaged or incomplete and can't be read.") from error
