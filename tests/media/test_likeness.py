"""The perceptual hash: the same for what looks the same, in the form that PieFed keeps."""

import pytest
from PIL import Image, ImageDraw, ImageEnhance

from service.config import MediaConfig
from service.media.images import process
from service.media.likeness import BYTES, likeness
from tests.media.pictures import file_of, noise


def scene(seed: int = 0, size: tuple[int, int] = (1600, 1200)) -> Image.Image:
    """Something with large forms, as photos have."""
    image = Image.new("RGB", size, (90, 120, 160))
    draw = ImageDraw.Draw(image)
    for step in range(60):
        at = (seed * 7919 + step * 104729) % (size[0] * size[1])
        x, y, r = at % size[0], at // size[0], 40 + (step * 37 + seed * 11) % 200
        draw.ellipse(
            (x - r, y - r, x + r, y + r), fill=(step * 83 % 256, step * 29 % 256, (seed + step * 53) % 256)
        )
    return image


def distance(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


def test_a_picture_made_smaller_or_paler_is_still_alike() -> None:
    original = likeness(scene())
    assert original.quality == 100
    for changed in (scene().resize((400, 300)), ImageEnhance.Brightness(scene()).enhance(1.15)):
        assert distance(likeness(changed).hash, original.hash) < 15  # what PieFed calls the same


def test_other_pictures_are_not_alike() -> None:
    hashes = [likeness(scene(seed)).hash for seed in range(6)]
    assert all(distance(one, other) > 60 for at, one in enumerate(hashes) for other in hashes[:at])


# What pdqhash 0.2.8, the library of PieFed's hashing service, computes; its bits joined from the first to the last.
REFERENCES = {
    (0, (1600, 1200)): "67e4fe53e407e59cb849008536371a66617dd6da0d8db1b6da5a85f1d2da030d",
    (1, (1600, 1200)): "2648b0265907883d64db2e6de4f6d9979b3364dc7ecf26a4903637c037683e1b",
    (2, (1600, 1200)): "1cd027e6b20f19730d9b5ccd19eca23f3e614dd8b8565ca83276cec14740f8bb",
    (3, (1600, 1200)): "f999a206ccaec8e07b92b2993b6858afccd37b306726b19d4de0b453c27515a3",
    (1, (1024, 768)): "2668b026d907883de4db2e6de4f6d9979b3364dc7e4b26a4903637c027683e1b",
    (1, (333, 777)): "6648b026d907893d64db2e6de4e6d9979b3364dc7e4f26a4903637c037603e1b",
    (1, (64, 64)): "2648b022d907893d64db2e6de4f6d9979b3364dc7ecf26a4903637c037603e1b",
    (1, (40, 30)): "2668b0625907c8bde4db2e6de4f6d9979b3364dc5e4f26a4903637c027603e1b",
    (1, (2000, 90)): "6648b0225907893d64db2e6fe4e6d9979b3364dc7e4f26a4903637c037683e1b",
}


@pytest.mark.parametrize(("seed", "size"), REFERENCES)
def test_the_hash_is_the_one_that_piefed_computes(seed: int, size: tuple[int, int]) -> None:
    picture = scene(seed) if size == (1600, 1200) else scene(seed).resize(size)
    found = likeness(picture)
    # Arithmetic in another order may turn a wave that is as strong as the median.
    assert distance(found.hash, bytes.fromhex(REFERENCES[seed, size])) <= 2
    assert (found.quality, len(found.hash)) == (100, BYTES)


def test_the_quality_is_how_much_there_is_to_see() -> None:
    """What pdqhash 0.2.8 says of a ramp, and of one in coarse steps."""
    ramp = Image.linear_gradient("L")
    assert likeness(ramp).quality == 44
    assert likeness(ramp.resize((8, 8)).resize((256, 256), Image.Resampling.NEAREST)).quality == 59


@pytest.mark.parametrize("encoder", ["PNG", "JPEG", "WEBP"])
def test_it_survives_the_way_through_the_pipeline(encoder: str) -> None:
    image = process(file_of(scene(), encoder), MediaConfig())
    assert distance(image.perceptual_hash, likeness(scene()).hash) < 15
    assert image.hash_quality == 100


def test_transparency_does_not_hide_a_picture() -> None:
    veiled = scene()
    veiled.putalpha(40)
    assert distance(likeness(veiled).hash, likeness(scene()).hash) == 0


@pytest.mark.parametrize("image", [Image.new("RGB", (300, 200), "red"), noise(4, 100), noise(100, 1)])
def test_pictures_without_forms_say_so(image: Image.Image) -> None:
    found = process(file_of(image, "PNG"), MediaConfig())
    assert found.hash_quality == 0
    assert len(found.perceptual_hash) == BYTES
