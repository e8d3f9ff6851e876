"""`python -m tests.media.report`: writes docs/colour-differences.md and the pictures of docs/images.md anew.

The pictures are of our own making: a scene drawn by numbers.
"""

import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageCms, ImageDraw

from service.config import MediaConfig
from service.media import colour, spaces
from service.media.images import process
from tests.media import profiles, tools
from tests.media.pictures import file_of, opened

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PICTURES = DOCS / "pictures"
WIDTH, HEIGHT = 360, 240

HEAD = """# Differences of colours

Written by `make colour-table`; `tests/media/test_differences.py` holds the limits in every test run. A chart of 32
colours (RGB), 32 grays or 81 mixtures of ink is written in a format with a profile, goes the whole way through
`service.media.images.process`, is written without loss, and is compared with what `transicc` (another copy of Little
CMS, in floating point and without tables) says that the profile means in sRGB: relative colorimetric, black point
compensated. Profiles that are not named "own" or "ours" are files of Debian's packages colord-data, libgs-common and
icc-profiles-free. AVIF and JPEG XL are written without loss by avifenc and cjxl.

"""


def main() -> None:
    """Write the table, then the pictures."""
    with tempfile.NamedTemporaryFile(suffix=".md") as file:
        argv = [sys.executable, "-m", "pytest", "-q", "-n", "0", "tests/media/test_differences.py"]
        environment = os.environ | {"COLOUR_TABLE": file.name, "IMAGE_TOOLS": "required"}
        subprocess.run(argv, cwd=ROOT, env=environment, check=True)
        table = Path(file.name).read_text(encoding="utf-8")
    (DOCS / "colour-differences.md").write_text(HEAD + table, encoding="utf-8")
    for name, pair in (
        ("cmyk", printed()),
        ("display-p3", photographed()),
        ("gray", pale()),
        ("swapped", swapped()),
    ):
        before, after = pair
        _beside(before, after).save(PICTURES / f"colour-{name}.webp", quality=90)


def scene(size: tuple[int, int] = (WIDTH, HEIGHT)) -> Image.Image:
    """Sky, hills, a sun, and a strip of full and middling colours."""
    width, height = size
    image = Image.new("RGB", size)
    draw = ImageDraw.Draw(image)
    for row in range(height):
        share = row / height
        draw.line((0, row, width, row), (int(90 + 130 * share), int(150 + 70 * share), int(235 - 30 * share)))
    draw.ellipse((width * 0.7, height * 0.08, width * 0.86, height * 0.32), fill=(255, 205, 60))
    draw.polygon(((0, height), (0, height * 0.55), (width * 0.3, height * 0.35), (width * 0.62, height * 0.7),
                  (width * 0.62, height)), fill=(40, 130, 60))  # fmt: skip
    draw.polygon(((width * 0.35, height), (width * 0.75, height * 0.45), (width, height * 0.62), (width, height)),
                 fill=(95, 165, 50))  # fmt: skip
    strip = ((230, 30, 40), (240, 130, 20), (245, 225, 40), (20, 190, 70), (10, 190, 200), (40, 70, 220),
             (190, 40, 180), (120, 80, 60))  # fmt: skip
    for number, patch in enumerate(strip):
        left = width * (0.04 + number * 0.116)
        draw.rectangle((left, height * 0.8, left + width * 0.1, height * 0.94), fill=patch)
    return image


def printed() -> tuple[Image.Image, Image.Image]:
    """A picture separated for the press, by the simple formula and by its profile."""
    press = tools.profile("ghostscript/default_cmyk.icc", "libgs-common").read_bytes()
    separate = ImageCms.buildTransform(
        ImageCms.createProfile("sRGB"), ImageCms.ImageCmsProfile(io.BytesIO(press)), "RGB", "CMYK",
        colour.relative_colorimetric(), colour.black_point_compensation(),
    )  # fmt: skip
    ink = separate.apply(scene())
    managed = process(file_of(ink, "TIFF", icc_profile=press), MediaConfig(quality=95))
    return ink.convert("RGB"), opened(managed.body).convert("RGB")


def photographed() -> tuple[Image.Image, Image.Image]:
    """A photo in Display P3 whose profile is ignored, and the same as it was meant."""
    data = file_of(scene(), "PNG", icc_profile=spaces.display_p3())
    return scene(), opened(process(data, MediaConfig(quality=95)).body).convert("RGB")


def pale() -> tuple[Image.Image, Image.Image]:
    """A gray picture with a gamma of 1.8, ignored and as meant."""
    gray = scene().convert("L")
    data = file_of(gray, "PNG", icc_profile=profiles.gray_profile(1.8))
    return gray.convert("RGB"), opened(process(data, MediaConfig(quality=95)).body).convert("RGB")


def swapped() -> tuple[Image.Image, Image.Image]:
    """A picture whose red is green and whose green is red, and whose profile says so."""
    red, green, blue = scene().split()
    stored = Image.merge("RGB", (green, red, blue))
    profile = profiles.matrix_profile((profiles.SRGB[1], profiles.SRGB[0], profiles.SRGB[2]), 2.2)
    data = file_of(stored, "PNG", icc_profile=profile)
    return stored, opened(process(data, MediaConfig(quality=95)).body).convert("RGB")


def _beside(before: Image.Image, after: Image.Image) -> Image.Image:
    both = Image.new("RGB", (2 * WIDTH + 12, HEIGHT), "white")
    both.paste(before, (0, 0))
    both.paste(after, (WIDTH + 12, 0))
    return both


if __name__ == "__main__":
    main()
