"""`python -m bench.lighthouse`: what Lighthouse says of pages of a running site, as it says it of a phone.

Each page is looked at several times, and the middle of what is said counts. Lighthouse makes a desktop as slow as a
phone by dividing its speed by four; a machine that is as slow as a phone already says so by its index, which is
printed, and wants `--slowdown 1`: https://lighthouse-cpu-throttling-calculator.vercel.app.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import click

ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).parent
LIGHTHOUSE = FOLDER / "node_modules/.bin/lighthouse"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
TIMES = ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time")
COLUMNS = ("page", *CATEGORIES, "first paint, s", "largest paint, s", "blocked, ms", "layout shift", "index")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--site", default="http://127.0.0.1:8000", show_default=True, help="Where it runs.")
@click.option("--rounds", default=3, show_default=True, help="How often each page is looked at.")
@click.option("--slowdown", default=4.0, show_default=True, help="By what the processor's speed is divided.")
@click.argument("pages", nargs=-1, required=True)
def lighthouse(site: str, rounds: int, slowdown: float, pages: tuple[str, ...]) -> None:
    """Look at PAGES, which are paths."""
    if CHROMIUM is None:
        sys.exit("Lighthouse needs Chromium (Debian, Ubuntu: apt-get install chromium).")
    subprocess.run([ROOT / ".ci/node/install", FOLDER], check=True)
    print(f"| {' | '.join(COLUMNS)} |\n|---|{'---:|' * (len(COLUMNS) - 1)}")
    for page in pages:
        reports = [_look_at(site + page, slowdown) for _ in range(rounds)]
        print(_row(page, reports), flush=True)
        for fault in sorted({fault for report in reports for fault in _faults(report)}):
            print(f"  {fault}", file=sys.stderr)


def _look_at(address: str, slowdown: float) -> dict[str, Any]:
    flags = "--headless=new --no-sandbox --disable-gpu"
    done = subprocess.run(
        [LIGHTHOUSE, address, "--quiet", "--output=json", f"--chrome-flags={flags}",
         f"--throttling.cpuSlowdownMultiplier={slowdown:g}"],
        env={**os.environ, "CHROME_PATH": CHROMIUM or ""}, stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def _row(page: str, reports: list[dict[str, Any]]) -> str:
    scores = [
        f"{median(100 * one['categories'][name]['score'] for one in reports):.0f}" for name in CATEGORIES
    ]
    first, largest, blocked = (
        median(one["audits"][name]["numericValue"] for one in reports) for name in TIMES
    )
    shift = median(one["audits"]["cumulative-layout-shift"]["numericValue"] for one in reports)
    index = median(one["environment"]["benchmarkIndex"] for one in reports)
    times = (f"{first / 1000:.1f}", f"{largest / 1000:.1f}", f"{blocked:.0f}", f"{shift:.3f}", f"{index:.0f}")
    return f"| `{page}` | {' | '.join((*scores, *times))} |"


def _faults(report: dict[str, Any]) -> Iterator[str]:
    """Say what keeps a category other than performance below the whole."""
    for name in CATEGORIES[1:]:
        for part in report["categories"][name]["auditRefs"]:
            audit = report["audits"][part["id"]]
            if part["weight"] and audit["score"] is not None and audit["score"] < 1:
                yield f"{name}: {audit['title']}"


if __name__ == "__main__":
    lighthouse()
