"""Figures as pictures: bars, a day each, drawn here, so that no script and no style is needed."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

WIDTH, HEIGHT, GAP = 300, 60, 2


class Bar(msgspec.Struct, frozen=True):
    """A bar of a chart, in its own units."""

    x: float
    y: float
    width: float
    height: float
    day: date
    number: int


class Chart(msgspec.Struct, frozen=True):
    """A chart of some days.

    Attributes:
        words: What is counted.
        most: The largest number of a day.
    """

    words: str
    bars: tuple[Bar, ...]
    total: int
    most: int


def chart(words: str, days: Sequence[date], numbers: Sequence[int]) -> Chart:
    """Return the chart of a number a day; days of nothing have a trace of a bar, so that the axis is seen."""
    most = max(numbers, default=0)
    step = WIDTH / max(len(days), 1)
    bars = []
    for place, (day, number) in enumerate(zip(days, numbers, strict=True)):
        height = max(HEIGHT * number / most, 1.0) if most else 1.0
        bars.append(
            Bar(
                round(place * step, 2),
                round(HEIGHT - height, 2),
                round(step - GAP, 2),
                round(height, 2),
                day,
                number,
            )
        )
    return Chart(words, tuple(bars), sum(numbers), most)


def size() -> dict[str, Any]:
    """Return the measures of every chart."""
    return {"width": WIDTH, "height": HEIGHT}
