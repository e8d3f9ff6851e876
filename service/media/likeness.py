"""A picture's perceptual hash (PDQ): pictures that look alike have hashes that differ in few of their 256 bits.

Meta's algorithm, as PieFed's hashing service computes it, so hashes of both may be compared with each other. The only
package of it must be compiled where it is installed (docs/decisions/0021); it is short enough to be written here.

Source: Meta, "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm", 2019.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

BYTES = 32

_SIDE = 64  # of the picture that is looked at
_WAVES = 16  # of each direction that are looked at
_SMALLEST = 5  # pixels; what is smaller has no hash
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)

Matrix = npt.NDArray[np.float32]


class Likeness(NamedTuple):
    """A hash, `BYTES` long, and how much it says, 0 to 100: PieFed does not compare hashes of a quality below 70."""

    hash: bytes
    quality: int


def likeness(image: Image.Image) -> Likeness:
    """Return the hash of a picture as it is shown; transparency is left out, as PieFed does.

    A picture that is less than 5 pixels high or wide has no hash: all bits are zero, and so is the quality. The order
    of bits is that of PieFed's `file.hash`: the first is that of the shortest waves.
    """
    if min(image.size) < _SMALLEST:
        return Likeness(bytes(BYTES), 0)
    brightness = np.asarray(image.convert("RGB"), np.float32) @ _LUMA
    height, width = brightness.shape
    small = _sampled(height) @ brightness @ _sampled(width).T
    waves = (_cosines() @ small @ _cosines().T).ravel()
    median = np.sort(waves)[waves.size // 2 - 1]
    return Likeness(np.packbits((waves > median)[::-1]).tobytes(), _quality(small))


@lru_cache(maxsize=4)
def _sampled(length: int) -> Matrix:
    """The matrix that takes 64 samples of a line after two passes of a box filter (together a tent, Jarosz's)."""
    window = -(-length // (2 * _SIDE))
    behind, ahead = window - (window + 2) // 2, (window + 2) // 2 - 1
    at = np.arange(length)
    box = ((at >= at[:, None] - behind) & (at <= at[:, None] + ahead)).astype(np.float32)
    box /= box.sum(axis=1, keepdims=True)
    samples = ((np.arange(_SIDE) + 0.5) * length / _SIDE).astype(int)
    twice: Matrix = box[samples] @ box
    return twice


@lru_cache(maxsize=1)
def _cosines() -> Matrix:
    """The cosine transform's waves 1 to 16: the even brightness, wave 0, says nothing about what is seen."""
    wave, at = np.arange(1, _WAVES + 1)[:, None], np.arange(_SIDE)
    waves: Matrix = (np.sqrt(2 / _SIDE) * np.cos(np.pi / 2 / _SIDE * wave * (2 * at + 1))).astype(np.float32)
    return waves


def _quality(small: Matrix) -> int:
    """How much there is to see: the steps from pixel to pixel, in per cent of full brightness, small ones left out."""
    steps = sum(int(np.abs(np.trunc(np.diff(small, axis=axis) * 100 / 255)).sum()) for axis in (0, 1))
    return min(100, steps // 90)
