"""The limits on a file, in words for the person who sent it."""

from service.config import MediaConfig
from service.media.errors import Rejected


def check_length(data: bytes, rules: MediaConfig) -> None:
    """Refuse an empty file and one of too many bytes."""
    if not data:
        raise Rejected("This file is empty.")
    if len(data) > rules.max_upload:
        raise Rejected(
            f"This file is too large ({_megabytes(len(data))}; at most {_megabytes(rules.max_upload)})."
        )


def check_pixels(size: tuple[int, int], rules: MediaConfig) -> None:
    """Refuse a picture of too many pixels."""
    width, height = size
    if width * height > rules.max_pixels:
        raise Rejected(
            f"This image has too many pixels ({width} x {height}, {millions(width * height)}; "
            f"at most {millions(rules.max_pixels)})."
        )


def check_frames(count: int, rules: MediaConfig) -> None:
    """Refuse an animation of too many frames."""
    if count > rules.max_frames:
        raise Rejected(f"This animation has too many frames (at most {rules.max_frames}).")


def check_animation_pixels(pixels: int, rules: MediaConfig) -> None:
    """Refuse an animation of too many pixels in all its frames together."""
    if pixels > rules.max_animation_pixels:
        raise Rejected(
            "This animation has too many pixels in all its frames together "
            f"(at most {millions(rules.max_animation_pixels)})."
        )


def millions(count: int) -> str:
    """A number of pixels for people."""
    return f"{count / 1_000_000:.1f} million"


def _megabytes(count: int) -> str:
    return f"{count / (1024 * 1024):.1f} MB"
