"""`python -m bench.media`: a photo becomes three sizes, by us and by pyvips, in turns."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import click

from bench.media.photos import PHOTOS, Photo, photo

COLUMNS = (
    "photo",
    "by",
    "images/s",
    "ms",
    "processor ms",
    "peak memory, MB",
    "kB written",
    "ratio of time",
)
CONTESTANTS = ("pieloop", "vips")

Figures = dict[str, float]


@click.command()
@click.option("--images", default=5, show_default=True, help="Images in each run.")
@click.option("--rounds", default=3, show_default=True, help="Runs of each, in turns; the median counts.")
@click.option("--only", default="", help="Measure only the photo that has this in its name.")
@click.option("--megapixels", default=12.0, show_default=True)
@click.option(
    "--threads", default=1, show_default=True, help="Threads of pyvips; an image process of ours has one."
)
def bench(images: int, rounds: int, only: str, megapixels: float, threads: int) -> None:
    """Measure images a second and peak memory beside pyvips."""
    with tempfile.TemporaryDirectory(prefix="pieloop-bench-") as folder:
        results = {
            name: _compare(Path(folder), photo(name, megapixels), images, rounds, threads)
            for name in PHOTOS
            if only in name
        }
    print(
        f"{megapixels:g} megapixels, {images} images a run, median of {rounds} runs in turns, "
        f"pyvips with {threads} thread(s).\n"
    )
    print("\n".join(table(results)))


def _compare(folder: Path, one: Photo, images: int, rounds: int, threads: int) -> dict[str, Figures]:
    file = folder / "photo.jpg"
    file.write_bytes(one.data)
    runs: dict[str, list[Figures]] = {contestant: [] for contestant in CONTESTANTS}
    for _ in range(rounds):
        for contestant in CONTESTANTS:
            runs[contestant].append(_run(contestant, file, images, threads))
    return {contestant: _middle(those) for contestant, those in runs.items()}


def _run(contestant: str, file: Path, images: int, threads: int) -> Figures:
    argv = [sys.executable, "-m", "bench.media.contestant", contestant, str(file), str(images)]
    environment = os.environ | {
        "VIPS_CONCURRENCY": str(threads),
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "1",
    }
    ended = subprocess.run(argv, env=environment, stdout=subprocess.PIPE, check=True)
    figures: Figures = json.loads(ended.stdout)
    return figures


def _middle(runs: list[Figures]) -> Figures:
    return {name: median(run[name] for run in runs) for name in runs[0]}


def table(results: dict[str, dict[str, Figures]]) -> list[str]:
    """Return the results as the lines of a Markdown table; the ratio is to pyvips."""
    lines = [f"| {' | '.join(COLUMNS)} |", f"|---|---|{'---:|' * (len(COLUMNS) - 2)}"]
    for name, by in results.items():
        for contestant, figures in by.items():
            ratio = figures["seconds"] / by["vips"]["seconds"]
            lines.append(
                f"| {name} | {contestant} | {1 / figures['seconds']:.2f} | {figures['seconds'] * 1000:.0f} "
                f"| {figures['processor'] * 1000:.0f} | {figures['memory'] / 1e6:.0f} | {figures['bytes'] / 1000:.0f} "
                f"| {ratio:.2f} |"
            )
    return lines


if __name__ == "__main__":
    bench()
