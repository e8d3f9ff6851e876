"""The two pictures of the report, as SVG: backends by owner over time, and latency during a restart of the database."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 860, 340
LEFT, RIGHT, TOP, BOTTOM = 60, 190, 40, 45
INK, FAINT, PAPER = "#333333", "#dddddd", "#ffffff"
COLOURS = ("#4e79a7", "#76b7b2", "#59a14f", "#9c9ede", "#f28e2b", "#e15759", "#b07aa1", "#edc948")
GOOD, BUSY, BAD = "#4e79a7", "#f28e2b", "#c0392b"


@dataclass(frozen=True)
class Band:
    """One owner's backends: `(second, count)`, for the same seconds as everybody else's."""

    name: str
    values: list[tuple[float, int]]


@dataclass(frozen=True)
class Point:
    """One request: when it began, how long it took (seconds), and its status or what happened instead."""

    at: float
    took: float
    status: str


def bands_of(looks: Sequence[tuple[float, dict[str, int]]]) -> list[Band]:
    """Turn looks at the server into bands; the names are shortened to role and process."""
    owners = sorted({owner for _, seen in looks for owner in seen})
    return [Band(short(owner), [(second, seen.get(owner, 0)) for second, seen in looks]) for owner in owners]


def short(owner: str) -> str:
    """Return `web 4711` for `pieloop.web.4711@host`."""
    parts = owner.partition("@")[0].split(".")
    return " ".join(parts[1:]) if parts[0] == "pieloop" else owner


def backends_over_time(bands: Sequence[Band]) -> str:
    """Draw stacked areas, one an owner."""
    seconds = [second for second, _ in bands[0].values]
    sums = [sum(band.values[i][1] for band in bands) for i in range(len(seconds))]
    drawing = _Drawing("PostgreSQL backends by owner, during the cross-talk", "seconds", "backends")
    drawing.axes(max(seconds), max(*sums, 1) * 1.1)
    below = [0] * len(seconds)
    for number, band in enumerate(bands):
        above = [low + value for low, (_, value) in zip(below, band.values, strict=True)]
        edge = [*zip(seconds, above, strict=True), *reversed(list(zip(seconds, below, strict=True)))]
        colour = COLOURS[number % len(COLOURS)]
        drawing.area(edge, colour)
        drawing.key(number, colour, band.name)
        below = above
    return drawing.done()


def latency_of_a_restart(points: Sequence[Point], down: float, up: float) -> str:
    """Draw every request as a dot, on a logarithmic scale, and the time without a database as a shade.

    Parameters:
        points: the requests.
        down: the second at which the server was told to stop.
        up: the second at which it took connections again.
    """
    drawing = _Drawing("Latency while PostgreSQL restarts", "seconds", "milliseconds")
    longest = max(point.took for point in points) * 1000
    drawing.axes(max(point.at for point in points), max(longest, 1000), logarithmic=True)
    drawing.shade(down, up)
    known = {"200": GOOD, "503": BUSY}
    for colour in (GOOD, BUSY, BAD):
        drawing.dots([(p.at, p.took * 1000) for p in points if known.get(p.status, BAD) == colour], colour)
    names = (("200", GOOD), ("503, Retry-After", BUSY), ("anything else", BAD), ("no database", FAINT))
    for number, (name, colour) in enumerate(names):
        drawing.key(number, colour, name)
    return drawing.done()


class _Drawing:
    """An SVG with two axes, put together from strings."""

    def __init__(self, title: str, across: str, up: str) -> None:
        middle, half_up = (LEFT + WIDTH - RIGHT) / 2, (TOP + HEIGHT - BOTTOM) / 2
        font = f'font-family="sans-serif" font-size="12" fill="{INK}"'
        turned = f'transform="translate(15 {half_up:.0f}) rotate(-90)"'
        self._parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" {font}>',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>',
            f'<text x="{LEFT}" y="22" font-size="15">{escape(title)}</text>',
            f'<text x="{middle:.0f}" y="{HEIGHT - 8}" text-anchor="middle">{escape(across)}</text>',
            f'<text {turned} text-anchor="middle">{escape(up)}</text>',
        ]
        self._widest = self._highest = 1.0
        self._logarithmic = False

    def axes(self, widest: float, highest: float, *, logarithmic: bool = False) -> None:
        """Draw the scales: from 0 (or 1, where logarithmic) to these values."""
        self._widest, self._highest, self._logarithmic = max(widest, 0.001), highest, logarithmic
        if logarithmic:
            steps = [
                10.0**power for power in range(math.ceil(math.log10(highest)) + 1) if 10**power <= highest
            ]
        else:
            steps = list(_steps(highest))
        for value in steps:
            y = self._y(value)
            self._parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="{FAINT}"/>')
            self._parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:,.0f}</text>')
        for value in _steps(self._widest):
            x = self._x(value)
            self._parts.append(
                f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{value:g}</text>'
            )

    def area(self, edge: Iterable[tuple[float, float]], colour: str) -> None:
        """Fill what the edge encloses."""
        path = "L".join(f"{self._x(x):.1f} {self._y(y):.1f}" for x, y in edge)
        self._parts.append(f'<path d="M{path}Z" fill="{colour}" fill-opacity="0.85"/>')

    def dots(self, where: Iterable[tuple[float, float]], colour: str) -> None:
        """Draw a small dot at each place; one path for all of them, since there are thousands."""
        path = "".join(f"M{self._x(x):.1f} {self._y(y):.1f}h0" for x, y in where)
        style = f'stroke="{colour}" stroke-width="3.5" stroke-linecap="round" stroke-opacity="0.6"'
        self._parts.append(f'<path d="{path}" {style} fill="none"/>')

    def shade(self, start: float, end: float) -> None:
        """Shade a stretch of time."""
        x, width = self._x(start), self._x(end) - self._x(start)
        self._parts.append(
            f'<rect x="{x:.1f}" y="{TOP}" width="{width:.1f}" height="{HEIGHT - TOP - BOTTOM}" fill="{FAINT}"/>'
        )

    def key(self, number: int, colour: str, name: str) -> None:
        """Say what a colour means."""
        x, y = WIDTH - RIGHT + 20, TOP + 10 + 20 * number
        self._parts.append(f'<rect x="{x}" y="{y}" width="12" height="12" fill="{colour}"/>')
        self._parts.append(f'<text x="{x + 18}" y="{y + 10}">{escape(name)}</text>')

    def done(self) -> str:
        """Return the file's text."""
        return "\n".join([*self._parts, "</svg>", ""])

    def _x(self, value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * value / self._widest

    def _y(self, value: float) -> float:
        part = value / self._highest
        if self._logarithmic:
            part = math.log10(max(value, 1.0)) / math.log10(self._highest)
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * part


def _steps(highest: float) -> Iterable[float]:
    """Return round values from 0 up to the highest, about six of them."""
    rough = highest / 6
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= rough)
    return (step * number for number in range(int(highest / step) + 1))
