"""Files whose end is missing. Browsers show such a picture as far as it goes, and so do we when most of it is there."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from PIL import Image, ImageFile

from service.media.errors import Rejected
from service.media.formats import GIF, JPEG, PNG, WEBP, InputFormat

READ_AS_FAR_AS_THEY_GO = (JPEG, PNG, GIF, WEBP)
MOST = 0.5

RIFF_HEADER = 8  # "RIFF" and the length of what follows


def is_cut(data: bytes, found: InputFormat, error: Exception) -> bool:
    """Whether an error of the decoder means that the end of the file is missing, and nothing worse."""
    if found is WEBP:
        return MOST * _declared_length(data) <= len(data) < _declared_length(data)
    return found in READ_AS_FAR_AS_THEY_GO and isinstance(error, OSError) and "truncated" in str(error)


def lengthened(data: bytes, found: InputFormat) -> bytes:
    """Return a WebP file as long as it says that it is: its decoder takes no shorter one. Others stay."""
    if found is not WEBP:
        return data
    return data.ljust(min(_declared_length(data), 2 * len(data)), b"\0")


@contextmanager
def as_far_as_it_goes() -> Iterator[None]:
    """Let Pillow leave empty what is missing."""
    before = ImageFile.LOAD_TRUNCATED_IMAGES
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before


def check_most_is_there(image: Image.Image, found: InputFormat) -> None:
    """Raise Rejected if more than half of the rows, from the bottom, were never filled."""
    if found is WEBP:
        return  # its length said so
    pixels = np.asarray(image).reshape(image.height, image.width, -1)
    rows = (pixels != pixels[-1, -1]).any(
        axis=(1, 2)
    )  # what is missing is of one colour: black, grey or the first
    filled = image.height - int(np.argmax(rows[::-1])) if rows.any() else 0
    if filled < MOST * image.height:
        raise Rejected(f"More than half of this {found.name} image is missing.")


def _declared_length(data: bytes) -> int:
    return RIFF_HEADER + int.from_bytes(data[4:8], "little")
