"""A colour to the shades that pages need of it, each readable where it stands. Pure.

Source: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
"""

import re

import msgspec

from service.forum.checks import refuse, storable, too_long
from service.language import _

CSS_LENGTH = 50_000
READABLE = 4.5  # contrast of a text with what is behind it
STEP = 0.04

LIGHT, DARK = (255.0, 255.0, 255.0), (24.0, 30.0, 32.0)  # the surfaces of pages
BLACK, WHITE = (0.0, 0.0, 0.0), (255.0, 255.0, 255.0)
WASH = 0.14  # of the colour, behind what is chosen

_COLOR = re.compile(r"#[0-9a-f]{6}")

Rgb = tuple[float, float, float]


class Shades(msgspec.Struct, frozen=True):
    """What a colour becomes on one of the two surfaces, as `#rrggbb`: itself, what is written on it, and its wash."""

    accent: str
    ink: str
    wash: str


def check_appearance(accent: str, css: str) -> None:
    """Raise Invalid with all that is wrong with a colour ('' for the usual one) and a style sheet."""
    right = not accent or _COLOR.fullmatch(accent) is not None
    refuse(
        {
            "accent": None if right else _("Enter a colour such as #0d6e66, or leave this empty."),
            "css": too_long(css, CSS_LENGTH) if storable(css) else _("This value isn't valid."),
        }
    )


def shades_of(accent: str, *, dark: bool) -> Shades:
    """Return the shades of a colour, made darker or lighter until they are readable.

    Parameters:
        accent: as `#rrggbb`.
        dark: for the dark surface.
    """
    surface, pole = (DARK, WHITE) if dark else (LIGHT, BLACK)
    color = _read(accent)
    while not _is_readable(color, surface):
        color = _mixed(color, pole, STEP)
    ink = max((BLACK, WHITE), key=lambda one: _contrast(one, color))
    return Shades(_written(color), _written(ink), _written(_mixed(surface, color, WASH)))


def _is_readable(color: Rgb, surface: Rgb) -> bool:
    wash = _mixed(surface, color, WASH)
    return _contrast(color, surface) >= READABLE and _contrast(color, wash) >= READABLE


def _mixed(color: Rgb, other: Rgb, share: float) -> Rgb:
    """So much of the other one, and the rest of the first."""
    red, green, blue = (one + (two - one) * share for one, two in zip(color, other, strict=True))
    return (red, green, blue)


def _contrast(one: Rgb, other: Rgb) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: Rgb) -> float:
    red, green, blue = (_linear(channel / 255) for channel in color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return float(channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4)


def contrast_between(color: str, other: str) -> float:
    """Return the contrast ratio of two colours, as `#rrggbb`: from 1 to 21."""
    return _contrast(_read(color), _read(other))


def _read(color: str) -> Rgb:
    return (float(int(color[1:3], 16)), float(int(color[3:5], 16)), float(int(color[5:7], 16)))


def _written(color: Rgb) -> str:
    return "#" + "".join(f"{round(channel):02x}" for channel in color)
