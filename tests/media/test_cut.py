"""Pictures whose end is missing: shown as browsers show them when most is there, refused in words when it is not."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFile

from service.config import MediaConfig
from service.media.errors import Rejected
from service.media.images import process

RULES = MediaConfig()
SIDE = 240
SAVED: dict[str, tuple[str, dict[str, Any]]] = {
    "JPEG": ("JPEG", {}),
    "JPEG, progressive": ("JPEG", {"progressive": True}),
    "JPEG, grey": ("JPEG", {}),
    "PNG": ("PNG", {}),
    "PNG with alpha": ("PNG", {}),
    "GIF": ("GIF", {"interlace": False}),
    "WebP": ("WEBP", {"quality": 80}),
    "WebP, lossless": ("WEBP", {"lossless": True}),
}
MODES = {"JPEG, grey": "L", "PNG with alpha": "RGBA"}


def picture(seed: int = 1) -> Image.Image:
    noise = np.random.default_rng(seed).integers(0, 255, (SIDE // 8, SIDE // 8, 3)).astype("uint8")
    return Image.fromarray(noise).resize((SIDE, SIDE), Image.Resampling.BICUBIC)


def saved(name: str, first: Image.Image, *others: Image.Image) -> bytes:
    encoder, options = SAVED[name]
    file = io.BytesIO()
    more: dict[str, Any] = {"save_all": True, "append_images": list(others)} if others else {}
    first.convert(MODES.get(name, "RGB")).save(file, encoder, **options, **more)
    return file.getvalue()


@pytest.mark.parametrize("name", SAVED)
def test_most_of_a_picture_is_shown(name: str) -> None:
    data = saved(name, picture())
    whole = pixels(data)
    for share in (0.995, 0.8):
        shown = pixels(data[: int(len(data) * share)])
        assert shown.shape == whole.shape
        upper = slice(0, SIDE * 2 // 5)
        assert np.abs(shown[upper].astype(int) - whole[upper].astype(int)).mean() < 25, (name, share)
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False


@pytest.mark.parametrize("name", [name for name in SAVED if "progressive" not in name])
def test_little_of_a_picture_is_refused(name: str) -> None:
    data = saved(name, picture())
    for share in (0.0, 0.05, 0.2):
        with pytest.raises(Rejected) as refused:
            process(data[: int(len(data) * share)], RULES)
        assert refused.value.reason.endswith(".")
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False


def test_an_animation_plays_as_far_as_it_goes() -> None:
    frames = [picture(seed) for seed in range(6)]
    for name in ("GIF", "PNG"):
        data = saved(name, *frames)
        assert 2 <= process(data[: int(len(data) * 0.7)], RULES).frames < 6, name


def test_what_is_broken_in_the_middle_stays_refused() -> None:
    data = bytearray(saved("PNG", picture()))
    data[len(data) // 3 : len(data) // 3 + 40] = bytes(40)
    with pytest.raises(Rejected):
        process(bytes(data), RULES)


def pixels(data: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    with Image.open(io.BytesIO(process(data, RULES).body)) as shown:
        return np.asarray(shown.convert("RGB"))
