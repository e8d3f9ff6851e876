"""The profile of offset printing on coated paper that ships with us, made from its characterisation data.

`python -m tests.media.press FOGRA39L.ti3 service/media/profiles/coated.icc` writes it; a test compares. The data are
measurements of 1,617 patches of CMYK (Debian: icc-profiles-free); service/media/profiles/README.md has their licence.
"""

import itertools
import struct
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tests.media import profiles

Values = npt.NDArray[np.float64]
Patches = dict[tuple[float, ...], Values]

# Where the data have every combination of cyan, magenta and yellow, in per cent of ink, for each amount of black.
GRIDS = {
    0: (0, 10, 20, 30, 40, 55, 70, 85, 100),
    20: (0, 10, 20, 40, 70, 100),
    40: (0, 20, 40, 70, 100),
    60: (0, 20, 40, 70, 100),
    80: (0, 40, 70, 100),
    100: (0, 40, 100),
}
COLOURS = GRIDS[0]
BLACKS = (0, 10, 20, 30, 40, 60, 80, 90, 100)


def read_patches(file: Path) -> Patches:
    """Ink, in per cent -> optical densities of X, Y and Z relative to paper; patches measured twice are averaged."""
    found: dict[tuple[float, ...], list[Values]] = {}
    for line in file.read_text(encoding="ascii").splitlines():
        words = line.split()
        if len(words) == 11 and words[0].isdigit():
            numbers = [float(word) for word in words]
            found.setdefault(tuple(numbers[1:5]), []).append(np.array(numbers[5:8]))
    means = {ink: np.mean(values, axis=0) for ink, values in found.items()}
    paper = means[0.0, 0.0, 0.0, 0.0]
    return {ink: -np.log10(xyz / paper) for ink, xyz in means.items()}


def coated_profile(patches: Patches) -> bytes:
    """The profile, a table of 9 points an ink over uneven steps of ink, which curves in front of it make even."""
    densities = _table(patches)
    lab = [profiles.lab_of([10 ** -d * w for d, w in zip(point, profiles.D50, strict=True)])
           for point in densities.reshape(-1, 3)]  # fmt: skip
    curves = b"".join(_evening(steps) for steps in (COLOURS, COLOURS, COLOURS, BLACKS))
    identity = struct.pack(">9i", *(0x10000 if at in {0, 4, 8} else 0 for at in range(9)))
    head = b"mft2" + struct.pack(">4xBBBx", 4, 3, len(COLOURS)) + identity + struct.pack(">HH", 256, 2)
    table = b"".join(profiles.lab16(one) for one in lab)
    data = head + curves + table + struct.pack(">HH", 0, 0xFFFF) * 3
    # An input profile: one that only describes. Its black is then taken from the table and needs no way back. One table
    # a rendering intent: where that of the wanted intent is missing, its black point counts as zero.
    tags = {b"A2B0": data, b"A2B1": data}
    return profiles.profile(b"scnr", b"CMYK", tags, b"Lab ", about="Coated paper, after FOGRA39L")


def _table(patches: Patches) -> Values:
    """Densities at every point of the grid: cyan, magenta, yellow, black, XYZ."""
    levels = {black: _level(patches, black) for black in GRIDS}
    return np.stack([_between(levels, patches, black) for black in BLACKS], axis=3)


def _level(patches: Patches, black: int) -> Values:
    """Densities at an amount of black that was measured.

    What black adds to the density of the colours without it changes slowly, so that is what is interpolated.
    """
    steps = GRIDS[black]
    points = list(itertools.product(steps, repeat=3))
    added = np.array(
        [patches[*map(float, ink), float(black)] - patches[*map(float, ink), 0.0] for ink in points]
    )
    grid: Values = added.reshape(*(len(steps),) * 3, 3)
    for axis in range(3):
        grid = np.apply_along_axis(lambda line: np.interp(COLOURS, steps, line), axis, grid)
    plain = np.array([patches[*map(float, ink), 0.0] for ink in itertools.product(COLOURS, repeat=3)])
    return plain.reshape(grid.shape) + grid


def _between(levels: dict[int, Values], patches: Patches, black: int) -> Values:
    """Densities at any amount of black: between two that were measured as far as black alone is between them."""
    if black in levels:
        return levels[black]
    below = max(level for level in levels if level < black)
    above = min(level for level in levels if level > black)
    alone = {level: patches[0.0, 0.0, 0.0, float(level)] for level in (below, black, above)}
    share = (alone[black] - alone[below]) / (alone[above] - alone[below])
    return levels[below] + share * (levels[above] - levels[below])


def _evening(steps: Sequence[int]) -> bytes:
    even = np.linspace(0, 65535, len(steps))
    values = np.interp(np.linspace(0, 100, 256), steps, even)
    return struct.pack(">256H", *(round(value) for value in values))


def inks_and_labs(patches: Patches) -> Iterator[tuple[tuple[float, ...], profiles.Triple]]:
    """Each patch's ink and its colour relative to paper."""
    for ink, density in patches.items():
        yield ink, profiles.lab_of([10**-d * w for d, w in zip(density, profiles.D50, strict=True)])


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    target.write_bytes(coated_profile(read_patches(source)))
