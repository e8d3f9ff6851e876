"""Draws the pictures of the demo: landscapes, skies, seas, towns and plain compositions; avatars and icons.

Pure but for the given source of chance. The site's own image pipeline works on what comes out, as on any upload.
"""

import io
import math
from collections.abc import Callable
from functools import cache
from random import Random
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 1600, 1067
ICON = 512
_SOFTER = 8
_SOFT = (WIDTH // _SOFTER, HEIGHT // _SOFTER)

Colour = tuple[int, int, int]


class Picture(NamedTuple):
    """A drawn picture: the file, what it shows in a few words, and its description for who cannot see it."""

    file: bytes
    view: str
    alt_text: str


class _Light(NamedTuple):
    """A time of day: words, the sky from top to horizon, sun or moon, and the far and near land."""

    words: str
    top: Colour
    horizon: Colour
    sun: Colour
    far: Colour
    near: Colour


_LIGHTS = (
    _Light("at dawn", (72, 88, 140), (250, 200, 170), (255, 236, 200), (150, 130, 160), (46, 48, 76)),
    _Light("on a clear day", (70, 140, 210), (205, 230, 245), (255, 252, 235), (140, 170, 180), (40, 88, 64)),
    _Light("in the evening", (60, 50, 100), (250, 150, 90), (255, 220, 150), (150, 90, 100), (40, 26, 44)),
    _Light("in the fog", (170, 182, 190), (222, 226, 226), (240, 240, 232), (190, 198, 200), (92, 106, 110)),
    _Light("by moonlight", (10, 16, 40), (50, 70, 110), (232, 236, 240), (36, 48, 80), (6, 10, 22)),
    _Light("before the storm", (44, 56, 70), (170, 172, 140), (225, 220, 180), (88, 100, 96), (22, 32, 34)),
    _Light(
        "in late summer", (110, 170, 220), (250, 226, 170), (255, 244, 210), (190, 180, 120), (110, 96, 40)
    ),
    _Light("in winter", (150, 180, 214), (240, 242, 250), (255, 250, 240), (190, 204, 224), (96, 116, 146)),
)


def draw_pictures(chance: Random, count: int) -> list[Picture]:
    """Return so many different pictures."""
    scenes = list(_SCENES)
    chance.shuffle(scenes)
    lights = list(_LIGHTS)
    chance.shuffle(lights)
    # Every pair of scene and light comes once before any comes again.
    pairs = [
        (scenes[at % len(scenes)], lights[(at + at // len(scenes)) % len(lights)]) for at in range(count)
    ]
    return [_picture(chance, scene, light) for scene, light in pairs]


def draw_avatar(chance: Random) -> bytes:
    """Return a square portrait of nobody: a round face of shapes on a coloured ground."""
    hue = chance.random()
    image = Image.new("RGB", (ICON, ICON), _from_hue(hue, 0.35, 0.92))
    draw = ImageDraw.Draw(image)
    skin, hair = _from_hue(chance.random(), 0.25, 0.98), _from_hue(hue + 0.5, 0.55, 0.45)
    draw.ellipse((96, 330, 416, 700), fill=_from_hue(hue + 0.15, 0.5, 0.7))
    draw.ellipse((136, 96, 376, 356), fill=hair)
    draw.ellipse((156, 132, 356, 372), fill=skin)
    for x in (214, 298):
        draw.ellipse((x - 12, 226, x + 12, 254), fill=(40, 36, 44))
    smile = chance.randint(10, 60)
    draw.arc((216, 262, 296, 276 + smile), 15, 165, fill=(90, 50, 60), width=8)
    if chance.random() < 0.4:
        for x in (214, 298):
            draw.ellipse((x - 34, 206, x + 34, 274), outline=(50, 50, 60), width=6)
        draw.line((248, 238, 264, 238), fill=(50, 50, 60), width=6)
    return _encode(image)


def draw_icon(chance: Random, hue: float) -> bytes:
    """Return a square sign for a community: a few shapes of one colour family. `hue` from 0 to 1."""
    image = Image.new("RGB", (ICON, ICON), _from_hue(hue, 0.6, 0.55))
    draw = ImageDraw.Draw(image)
    for ring in range(chance.randint(2, 4)):
        radius = 220 - ring * chance.randint(44, 66)
        colour = _from_hue(hue + ring * 0.06, 0.45, 0.65 + ring * 0.1)
        sides = chance.choice((3, 4, 5, 6, 8, 0))
        if sides:
            draw.regular_polygon((256, 256, radius), sides, rotation=chance.randint(0, 90), fill=colour)
        else:
            draw.ellipse((256 - radius, 256 - radius, 256 + radius, 256 + radius), fill=colour)
    return _encode(image)


def _picture(chance: Random, scene: "_Scene", light: _Light) -> Picture:
    image = _sky(light)
    scene.draw(chance, image, light)
    # A little grain, so that it has something of a photograph and the files have a likely size.
    image = Image.blend(image, _grain(), 0.035)
    words = f"{scene.words} {light.words}"
    return Picture(_encode(image), words, f"{words}: {scene.detail}.")


@cache
def _grain() -> Image.Image:
    return Image.effect_noise((WIDTH, HEIGHT), 14).convert("RGB")


def _softened(mask: Image.Image, radius: float) -> Image.Image:
    """A small mask, blurred and then enlarged: what is soft needs few pixels."""
    return mask.filter(ImageFilter.GaussianBlur(radius)).resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR)


def _sky(light: _Light) -> Image.Image:
    ramp = Image.linear_gradient("L").resize((WIDTH, HEIGHT))
    return Image.composite(
        Image.new("RGB", ramp.size, light.horizon), Image.new("RGB", ramp.size, light.top), ramp
    )


def _sun(chance: Random, image: Image.Image, light: _Light) -> int:
    x, y, radius = chance.randint(250, WIDTH - 250), chance.randint(180, 480), chance.randint(40, 80)
    glow = Image.new("L", _SOFT, 0)
    centre, reach = (x / _SOFTER, y / _SOFTER), radius * 3 / _SOFTER
    ImageDraw.Draw(glow).circle(centre, reach, fill=110)
    image.paste(light.sun, mask=_softened(glow, radius / _SOFTER))
    ImageDraw.Draw(image).ellipse((x - radius, y - radius, x + radius, y + radius), fill=light.sun)
    return x


def _ridge(chance: Random, base: float, rough: float) -> list[tuple[float, float]]:
    """The outline of a row of hills, closed below the picture."""
    waves = [
        (chance.uniform(0.6, 1.4) * rough / step, chance.uniform(0.7, 1.3) * step, chance.uniform(0, 6.3))
        for step in (1, 2, 5, 11)
    ]
    points = [
        (float(x), base + sum(size * math.sin(speed * x / 260 + shift) for size, speed, shift in waves))
        for x in range(0, WIDTH + 20, 10)
    ]
    return [*points, (float(WIDTH), float(HEIGHT)), (0.0, float(HEIGHT))]


def _hills(chance: Random, image: Image.Image, light: _Light) -> None:
    _sun(chance, image, light)
    draw = ImageDraw.Draw(image)
    for layer in range(6):
        draw.polygon(
            _ridge(chance, 520 + layer * 90, 60 - layer * 4), fill=_between(light.far, light.near, layer / 5)
        )


def _mountains(chance: Random, image: Image.Image, light: _Light) -> None:
    draw = ImageDraw.Draw(image)
    for layer in range(4):
        colour = _between(light.far, light.near, layer / 3)
        for _ in range(5 - layer):
            x, top = chance.randint(0, WIDTH), 260 + layer * 150 + chance.randint(-60, 60)
            half = chance.randint(260, 460)
            draw.polygon([(x - half, HEIGHT), (x, top), (x + half, HEIGHT)], fill=colour)
            if layer < 2:
                cap = half * 0.16
                peak = [(x - cap, top + 130), (x, top), (x + cap, top + 130), (x + cap / 3, top + 96)]
                draw.polygon(peak, fill=_between(colour, (255, 255, 255), 0.75))


def _sea(chance: Random, image: Image.Image, light: _Light) -> None:
    x = _sun(chance, image, light)
    draw = ImageDraw.Draw(image)
    horizon = 620
    for y in range(horizon, HEIGHT):
        draw.line(
            (0, y, WIDTH, y), fill=_between(light.horizon, light.near, 0.35 + 0.65 * (y - horizon) / 447)
        )
    for _ in range(420):
        y = chance.randint(horizon, HEIGHT - 1)
        spread = 30 + (y - horizon) * 0.6
        middle, length = chance.gauss(x, spread), chance.uniform(10, 20 + (y - horizon) * 0.3)
        draw.line(
            (middle - length, y, middle + length, y), fill=_between(light.sun, light.near, 0.25), width=3
        )
    if chance.random() < 0.7:
        left = chance.randint(200, 1300)
        draw.polygon(
            [(left, 612), (left + 46, 500), (left + 52, 612)], fill=_between(light.sun, light.far, 0.2)
        )
        draw.polygon([(left - 16, 616), (left + 84, 616), (left + 62, 640), (left + 4, 640)], fill=light.near)


def _forest(chance: Random, image: Image.Image, light: _Light) -> None:
    draw = ImageDraw.Draw(image)
    for layer in range(4):
        colour = _between(light.far, light.near, layer / 3)
        x = -40.0
        while x < WIDTH + 60:
            height, base = chance.uniform(180, 360) + layer * 60, 670 + layer * 130
            for part in range(4):
                width = height * (0.12 + 0.07 * part)
                top = base - height + part * height * 0.22
                draw.polygon(
                    [(x - width, top + height * 0.34), (x, top), (x + width, top + height * 0.34)],
                    fill=colour,
                )
            x += chance.uniform(50, 120)
        draw.rectangle((0, 650 + layer * 130, WIDTH, HEIGHT), fill=colour)


def _town(chance: Random, image: Image.Image, light: _Light) -> None:
    _sun(chance, image, light)
    draw = ImageDraw.Draw(image)
    for layer in range(3):
        colour = _between(light.far, light.near, layer / 2)
        x = -30
        while x < WIDTH:
            width, top = chance.randint(90, 190), 440 + layer * 150 + chance.randint(-90, 90)
            draw.rectangle((x, top, x + width, HEIGHT), fill=colour)
            if chance.random() < 0.6:
                draw.polygon([(x - 10, top), (x + width / 2, top - 80), (x + width + 10, top)], fill=colour)
            for window_x in range(x + 18, x + width - 26, 36):
                for window_y in range(top + 26, HEIGHT - 40, 58):
                    if chance.random() < 0.3:
                        box = (window_x, window_y, window_x + 15, window_y + 24)
                        draw.rectangle(box, fill=_between(light.sun, colour, 0.2))
            x += width + chance.randint(0, 16)


def _dunes(chance: Random, image: Image.Image, light: _Light) -> None:
    _sun(chance, image, light)
    draw = ImageDraw.Draw(image)
    sand, shade = _between(light.horizon, (214, 160, 96), 0.6), _between(light.near, (110, 70, 50), 0.5)
    for layer in range(4):
        base = 560 + layer * 130
        peak = chance.randint(200, 1400)
        draw.polygon(
            [(0, base + 90), (peak, base - 90), (WIDTH, base + 120), (WIDTH, HEIGHT), (0, HEIGHT)], fill=sand
        )
        draw.polygon(
            [(peak, base - 90), (WIDTH, base + 120), (WIDTH, HEIGHT), (peak + 260, HEIGHT)],
            fill=_between(sand, shade, 0.45 + layer * 0.1),
        )
        sand = _between(sand, shade, 0.14)


def _stars(chance: Random, image: Image.Image, light: _Light) -> None:
    image.paste(_between(light.top, (4, 6, 20), 0.85), (0, 0, WIDTH, HEIGHT))
    haze = Image.new("L", _SOFT, 0)
    draw = ImageDraw.Draw(haze)
    for _ in range(240):
        along = chance.random()
        x, y = along * WIDTH + chance.gauss(0, 60), 900 - along * 800 + chance.gauss(0, 70)
        size = chance.uniform(20, 90) / _SOFTER
        draw.circle((x / _SOFTER, y / _SOFTER), size, fill=chance.randint(20, 70))
    image.paste(_between(light.horizon, (200, 210, 240), 0.5), mask=_softened(haze, 42 / _SOFTER))
    draw = ImageDraw.Draw(image)
    for _ in range(900):
        x, y, size = chance.uniform(0, WIDTH), chance.uniform(0, HEIGHT), chance.paretovariate(2.4) * 0.7
        draw.ellipse((x - size, y - size, x + size, y + size), fill=_between(light.sun, (255, 255, 255), 0.5))
    draw.polygon(_ridge(chance, 930, 30), fill=(4, 6, 12))


def _shapes(chance: Random, image: Image.Image, light: _Light) -> None:
    draw = ImageDraw.Draw(image, "RGBA")
    colours = (light.sun, light.far, light.near, light.top)
    for _ in range(chance.randint(9, 16)):
        x, y, size = chance.randint(0, WIDTH), chance.randint(0, HEIGHT), chance.randint(80, 420)
        colour = (*chance.choice(colours), chance.randint(90, 210))
        if chance.random() < 0.5:
            draw.ellipse((x - size, y - size, x + size, y + size), fill=colour)
        else:
            draw.regular_polygon((x, y, size), chance.choice((3, 4, 6)), chance.randint(0, 90), fill=colour)


class _Scene(NamedTuple):
    words: str
    detail: str
    draw: Callable[[Random, Image.Image, _Light], None]


_SCENES = (
    _Scene("Hills", "rows of rounded hills, paler towards the horizon", _hills),
    _Scene("Mountains", "sharp peaks one behind the other, snow on the farthest", _mountains),
    _Scene("The sea", "a path of light on the water", _sea),
    _Scene("The forest", "firs standing close, the far ones pale", _forest),
    _Scene("The town", "roofs and lit windows", _town),
    _Scene("Dunes", "sand ridges with long shadows", _dunes),
    _Scene("The sky", "stars over a dark ridge", _stars),
    _Scene("A poster", "overlapping circles and polygons", _shapes),
)


def _between(first: Colour, second: Colour, share: float) -> Colour:
    """The colour that lies so far (0 to 1) on the way from the first to the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def _from_hue(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = (
        Image.new("HSV", (1, 1), (int(hue % 1 * 255), int(saturation * 255), int(value * 255)))
        .convert("RGB")
        .tobytes()
    )
    return red, green, blue


def _encode(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=90)
    return file.getvalue()
