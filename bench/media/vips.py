"""pyvips doing the same: three sizes in sRGB, relative colorimetric with black point compensation, as WebP."""

import pyvips

from bench.media.contestant import EFFORT, QUALITY, SIDES


def work(data: bytes) -> list[bytes]:
    """Return the three sizes of a photo. Each is shrunk from the one before, and the colours are converted once."""
    photo = _shrunk(pyvips.Image.new_from_buffer(data, "", access="sequential"), SIDES[0])
    sizes = [
        photo.icc_transform(
            "srgb", embedded=True, intent="relative", black_point_compensation=True
        ).copy_memory()
    ]
    for side in SIDES[1:]:
        sizes.append(_shrunk(sizes[-1], side).copy_memory())
    return [size.webpsave_buffer(Q=QUALITY, effort=EFFORT, keep="none") for size in sizes]


def _shrunk(image: pyvips.Image, side: int) -> pyvips.Image:
    return image.resize(min(1.0, side / max(image.width, image.height)), kernel="lanczos3")
