"""Our own way, as an image process goes it: also sniffs, checks, hashes and averages."""

import msgspec

from bench.media.contestant import QUALITY, SIDES
from service.config import MediaConfig
from service.media.images import process

RULES = msgspec.structs.replace(
    MediaConfig(), max_side=SIDES[0], medium_side=SIDES[1], thumbnail_side=SIDES[2], quality=QUALITY
)


def work(data: bytes) -> list[bytes]:
    """Return the three sizes of a photo."""
    image = process(data, RULES)
    return [image.body, image.medium.body, image.thumbnail.body]
