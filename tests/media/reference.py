"""What a profile means, according to `transicc`, the calculator that comes with Little CMS."""

import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.media import tools

Colour = tuple[float, ...]


def transicc(
    profile: bytes, colours: Iterable[Sequence[float]], to: str = "*sRGB", *, compensate: bool = True
) -> tuple[Colour, ...]:
    """Return colours, CMYK in per cent of ink and all others as levels of 0 to 255, as the profile means them.

    By relative colorimetric intent, with black point compensation or without, without any precalculation.
    """
    program = tools.program("transicc", "liblcms2-utils")
    with tempfile.NamedTemporaryFile(suffix=".icc") as file:
        Path(file.name).write_bytes(profile)
        argv = [program, "-n", "-t1", *["-b"] * compensate, "-c0", "-i", file.name, "-o", to]
        lines = "".join(" ".join(f"{value:.6f}" for value in colour) + "\n" for colour in colours)
        ended = subprocess.run(argv, input=lines, capture_output=True, text=True, check=True, timeout=60)
    return tuple(tuple(map(float, line.split())) for line in ended.stdout.splitlines() if line.strip())
