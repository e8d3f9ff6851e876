"""One image file's bytes become safe bytes of our own in three sizes. Pure; runs in the image processes.

The order: limits by the header, decode (JPEG at a reduced scale), shrink in the image's own space, turn upright,
convert the colours, encode from nothing but pixels. Shrinking first makes everything after it cheaper.
"""

import io
import itertools
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from PIL import ExifTags, Image

from service.config import MediaConfig
from service.media.colour import in_own_space, to_srgb
from service.media.errors import Rejected
from service.media.formats import GIF, JPEG, OUTPUTS, InputFormat, OutputFormat, sniff
from service.media.results import ColourOutcome, ProcessedImage, Rendition

# Resizing goes by whole steps first, then finely over at least this factor: not to be told from the slow way.
REDUCING_GAP = 2.0

# Browsers show frames that ask for 10 ms or less for 100 ms; so does what we write.
_SHORTEST_FRAME_MS = 11
_USUAL_FRAME_MS = 100

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def process(data: bytes, rules: MediaConfig, *, still: bool = False) -> ProcessedImage:
    """Return the image of a file, made safe and showable.

    Parameters:
        data: the file as it came; neither its name nor its declared type matters.
        rules: limits, sizes in pixels and output format.
        still: take the first frame of an animation only (thumbnails of links, avatars).

    Raises:
        Rejected: the file is no image of ours, is damaged or goes over a limit.
        MemoryError: decoding needs more memory than this process may have.
    """
    _check_length(data, rules)
    found = sniff(data)
    with _pillow_limits(rules), _as_rejection(found, rules):
        picture = Image.open(io.BytesIO(data), formats=found.decoders)
        _check_pixels(picture.size, rules)
        animated = not still and found.animates and getattr(picture, "is_animated", False)
        frames = _animation(picture, found, rules) if animated else None
        first, outcome = frames.first if frames else _managed(picture, found, rules)
    output = OUTPUTS[rules.output]
    body = _encode_animation(frames, output, rules) if frames else _encode(first, output, rules)
    medium = _smaller(first, rules.medium_side)
    thumbnail = _smaller(medium, rules.thumbnail_side)
    whole = Rendition(body, first.width, first.height)
    medium_rendition = _rendition(medium, output, rules, whole if medium is first and not frames else None)
    return ProcessedImage(
        body=body,
        width=first.width,
        height=first.height,
        medium=medium_rendition,
        thumbnail=_rendition(thumbnail, output, rules, medium_rendition if thumbnail is medium else None),
        content_type=output.content_type,
        extension=output.extension,
        frames=len(frames.pictures) if frames else 1,
        average=_average(thumbnail),
        source_format=found.name,
        colour=outcome,
    )


class _Animation:
    """The frames of an animation: pictures in sRGB, how long each shows, how often all of them play (0: for ever)."""

    def __init__(self, plays: int) -> None:
        self.pictures: list[Image.Image] = []
        self.durations_ms: list[int] = []
        self.plays = plays
        self.outcome = ColourOutcome.ASSUMED_SRGB

    @property
    def first(self) -> tuple[Image.Image, ColourOutcome]:
        return self.pictures[0], self.outcome


def _check_length(data: bytes, rules: MediaConfig) -> None:
    if not data:
        raise Rejected("This file is empty.")
    if len(data) > rules.max_upload:
        raise Rejected(
            f"This file is too large ({_megabytes(len(data))}; at most {_megabytes(rules.max_upload)})."
        )


def _check_pixels(size: tuple[int, int], rules: MediaConfig) -> None:
    width, height = size
    if width * height > rules.max_pixels:
        raise Rejected(
            f"This image has too many pixels ({width} x {height}, {_millions(width * height)}; "
            f"at most {_millions(rules.max_pixels)})."
        )


def _megabytes(count: int) -> str:
    return f"{count / (1024 * 1024):.1f} MB"


def _millions(count: int) -> str:
    return f"{count / 1_000_000:.1f} million"


@contextmanager
def _pillow_limits(rules: MediaConfig) -> Iterator[None]:
    """Some decoders reserve memory while they open a file; Pillow's own limit holds for those."""
    before = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = rules.max_pixels
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


@contextmanager
def _as_rejection(found: InputFormat, rules: MediaConfig) -> Iterator[None]:
    """Turn what a decoder makes of a hostile or damaged file into words for a person."""
    try:
        yield
    except (Rejected, MemoryError):
        raise
    except Image.DecompressionBombError:
        raise Rejected(f"This image has too many pixels (at most {_millions(rules.max_pixels)}).") from None
    except Exception as error:
        # Decoders of forty formats in two languages: a broken file may raise anything at all here, and
        # every one of those means the same to the person who sent it.
        raise Rejected(f"This {found.name} image is damaged or incomplete and cannot be read.") from error


def _managed(
    picture: Image.Image, found: InputFormat, rules: MediaConfig
) -> tuple[Image.Image, ColourOutcome]:
    """Decode one frame: bounded, upright, in sRGB."""
    if found is JPEG:
        picture.draft(None, _bounded(picture.size, rules.max_side))
    picture.load()
    own = in_own_space(_with_ink_upright(picture))
    turn = _TURNS.get(_orientation(picture))
    small = _shrink(own, rules.max_side)
    upright = small.transpose(turn) if turn is not None else small
    image, outcome = to_srgb(upright, picture.info.get("icc_profile"))
    return _bare(_without_idle_alpha(image)), outcome


def _with_ink_upright(picture: Image.Image) -> Image.Image:
    """Undo Pillow's inversion where it does not belong.

    Adobe's programs write CMYK JPEGs inverted and mark them (APP14); Pillow turns round every CMYK JPEG,
    marked or not.
    """
    if picture.mode != "CMYK" or "adobe" in picture.info or picture.format not in JPEG.decoders:
        return picture
    return picture.point(lambda ink: 255 - ink)


def _orientation(picture: Image.Image) -> int:
    """The EXIF orientation, 1 to 8; 1 (upright) where there is none or it cannot be read."""
    try:
        return int(picture.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # noqa: BLE001
        # EXIF is a hostile file within the file; without it the picture is as good as it was.
        return 1


def _bounded(size: tuple[int, int], side: int) -> tuple[int, int]:
    """The size that fits a square of `side` pixels in the same proportions; never larger."""
    longest = max(size)
    if longest <= side:
        return size
    width, height = size
    return max(1, round(width * side / longest)), max(1, round(height * side / longest))


def _shrink(image: Image.Image, side: int) -> Image.Image:
    size = _bounded(image.size, side)
    if size == image.size:
        return image
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=REDUCING_GAP)


def _without_idle_alpha(image: Image.Image) -> Image.Image:
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        return image.convert("RGB")
    return image


def _animation(picture: Image.Image, found: InputFormat, rules: MediaConfig) -> _Animation:
    """Decode every frame, within the limits on their number and on the pixels of all of them together."""
    animation = _Animation(_plays(picture))
    profile = picture.info.get("icc_profile")
    turn = _TURNS.get(_orientation(picture))
    canvas = (0, 0, *picture.size)
    for _ in _frames(picture, found, rules):
        picture.load()
        # A frame may reach over the edge of what the file said at first; Pillow's canvas then grows.
        small = _shrink(in_own_space(picture).crop(canvas), rules.max_side)
        upright = small.transpose(turn) if turn is not None else small
        image, animation.outcome = to_srgb(upright, profile)
        animation.pictures.append(_bare(image))
        animation.durations_ms.append(_duration_ms(picture))
    return animation


def _frames(picture: Image.Image, found: InputFormat, rules: MediaConfig) -> Iterator[int]:
    """Go from frame to frame, counting: a GIF doesn't say how many it has, and a million take a minute to count."""
    # The default image of an APNG may be no frame: what a program shows that knows no APNG.
    begin = 1 if picture.info.get("default_image") else 0
    if found is not GIF:
        _check_frames(getattr(picture, "n_frames", 1) - begin, rules)
    pixels = 0
    for number in itertools.count(begin):
        try:
            picture.seek(number)
        except EOFError:
            return
        _check_pixels(picture.size, rules)
        pixels += picture.width * picture.height
        _check_frames(number - begin + 1, rules)
        _check_animation_pixels(pixels, rules)
        yield number


def _check_frames(count: int, rules: MediaConfig) -> None:
    if count > rules.max_frames:
        raise Rejected(f"This animation has too many frames (at most {rules.max_frames}).")


def _check_animation_pixels(pixels: int, rules: MediaConfig) -> None:
    if pixels > rules.max_animation_pixels:
        raise Rejected(
            "This animation has too many pixels in all its frames together "
            f"(at most {_millions(rules.max_animation_pixels)})."
        )


def _plays(picture: Image.Image) -> int:
    """How often the animation plays, 0 for ever. A GIF that doesn't say plays once; what it says is repeats."""
    if picture.format != "GIF":
        return int(picture.info.get("loop", 0))
    repeats = picture.info.get("loop")
    if repeats is None:
        return 1
    return int(repeats) + 1 if repeats else 0


def _duration_ms(picture: Image.Image) -> int:
    duration = int(picture.info.get("duration", _USUAL_FRAME_MS))
    return duration if duration >= _SHORTEST_FRAME_MS else _USUAL_FRAME_MS


def _smaller(image: Image.Image, side: int) -> Image.Image:
    return _without_idle_alpha(_shrink(image, side))


def _rendition(
    image: Image.Image, output: OutputFormat, rules: MediaConfig, same: Rendition | None
) -> Rendition:
    """Encode one size, unless it is the `same` as one that has been encoded."""
    return same or Rendition(_encode(image, output, rules), image.width, image.height)


def _encode(image: Image.Image, output: OutputFormat, rules: MediaConfig) -> bytes:
    return _save(image, output, quality=rules.quality, **_effort(output, animated=False))


def _encode_animation(animation: _Animation, output: OutputFormat, rules: MediaConfig) -> bytes:
    first, *others = animation.pictures
    return _save(
        first,
        output,
        save_all=True,
        append_images=others,
        duration=animation.durations_ms,
        loop=animation.plays,
        quality=rules.quality,
        **_effort(output, animated=True),
    )


def _save(image: Image.Image, output: OutputFormat, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, output.encoder, **options)
    return file.getvalue()


def _bare(image: Image.Image) -> Image.Image:
    """Forget what was found beside the pixels (place, camera, comments, profile), so that no encoder writes it."""
    image.info.clear()
    return image


def _effort(output: OutputFormat, *, animated: bool) -> dict[str, int]:
    """The encoder's settings where its time and the file's size are in a good proportion."""
    if output.encoder == "AVIF":
        return {"speed": 9 if animated else 8, "max_threads": 1}
    return {"method": 1 if animated else 3}


def _average(image: Image.Image) -> str:
    """The mean colour as #rrggbb; transparent parts don't count."""
    return "#" + image.resize((1, 1), Image.Resampling.BOX).convert("RGB").tobytes().hex()
