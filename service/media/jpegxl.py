"""JPEG XL pictures, by libjxl. Pillow has no decoder of it, so what comes from here is decoded already."""

import pylibjxl
from PIL import Image

from service.config import MediaConfig
from service.media.limits import check_pixels


def picture(data: bytes, rules: MediaConfig) -> Image.Image:
    """Return the picture of a file, its first one if it is an animation; upright, as the codestream says.

    What EXIF says of its orientation does not count beside that (ISO/IEC 18181-2), and is not kept.

    Raises:
        Rejected: its header says that it has too many pixels.
        RuntimeError: it is damaged.
    """
    head = pylibjxl.probe(data)
    check_pixels((head["width"], head["height"]), rules)
    with pylibjxl.JXL(threads=1) as decoder:
        pixels, beside = decoder.decode(data, metadata=True)
    image = Image.fromarray(pixels)
    check_pixels(image.size, rules)
    image.info["icc_profile"] = beside.get("icc")
    return image
