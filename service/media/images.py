"""One image file's bytes become safe bytes of our own in three sizes. Pure; runs in the image processes.

The order: limits by the header, decode (JPEG at a reduced scale), shrink in the image's own space, turn upright,
convert the colours, encode from nothing but pixels. Shrinking first makes everything after it cheaper.
"""

import io
import itertools
from collections.abc import Iterator
from typing import Any

from PIL import ExifTags, Image

from service.config import MediaConfig
from service.media import cut
from service.media.colour import Managed, in_own_space, to_display
from service.media.declared import Declared, declared
from service.media.decoders import decoding, open_picture
from service.media.formats import GIF, JPEG, OUTPUTS, InputFormat, OutputFormat, sniff
from service.media.likeness import likeness
from service.media.limits import check_animation_pixels, check_frames, check_length, check_pixels
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
    check_length(data, rules)
    found = sniff(data)
    with decoding(found, rules):
        first, frames = _read(data, found, rules, still=still)
    write = _Writer(rules, first.profile)
    medium = _smaller(first.image, rules.medium_side)
    thumbnail = _smaller(medium, rules.thumbnail_side)
    body = write.animation(frames) if frames else write.still(first.image)
    whole = Rendition(body, first.image.width, first.image.height)
    medium_rendition = write.rendition(medium, whole if medium is first.image and not frames else None)
    alike = likeness(medium)
    return ProcessedImage(
        body=body,
        width=whole.width,
        height=whole.height,
        medium=medium_rendition,
        thumbnail=write.rendition(thumbnail, medium_rendition if thumbnail is medium else None),
        content_type=write.output.content_type,
        extension=write.output.extension,
        frames=len(frames.pictures) if frames else 1,
        average=_average(thumbnail, first.profile),
        perceptual_hash=alike.hash,
        hash_quality=alike.quality,
        source_format=found.name,
        colour=first.outcome,
    )


def _read(
    data: bytes, found: InputFormat, rules: MediaConfig, *, still: bool
) -> tuple[Managed, "_Animation | None"]:
    """Decode a file: its first picture, and all of them if it is an animation that is wanted."""
    try:
        return _read_whole(data, found, rules, still=still)
    except Exception as error:
        if not cut.is_cut(data, found, error):
            raise
    with cut.as_far_as_it_goes():
        data = cut.lengthened(data, found)
        picture = open_picture(data, found, rules)
        return _still(picture, found, declared(data, found, picture.info), rules, is_cut=True), None


def _read_whole(
    data: bytes, found: InputFormat, rules: MediaConfig, *, still: bool
) -> tuple[Managed, "_Animation | None"]:
    picture = open_picture(data, found, rules)
    says = declared(data, found, picture.info)
    if still or not found.animates or not getattr(picture, "is_animated", False):
        return _still(picture, found, says, rules), None
    frames = _animation(picture, found, says, rules)
    return frames.first, frames


class _Animation:
    """The frames of an animation: pictures, how long each shows, how often all of them play (0: for ever)."""

    def __init__(self, plays: int) -> None:
        self.pictures: list[Managed] = []
        self.durations_ms: list[int] = []
        self.plays = plays

    @property
    def first(self) -> Managed:
        return self.pictures[0]


def _still(
    picture: Image.Image, found: InputFormat, says: Declared, rules: MediaConfig, *, is_cut: bool = False
) -> Managed:
    """Decode one picture: bounded, upright, in the colours that it is to be shown in."""
    if found is JPEG:
        picture.draft(None, _bounded(picture.size, rules.max_side))
    picture.load()
    if is_cut:
        cut.check_most_is_there(picture, found)
    own = in_own_space(_with_ink_upright(picture))
    upright = _turned(_shrink(own, rules.max_side), _orientation(picture))
    managed = _managed(upright, says, rules)
    return managed._replace(image=_without_idle_alpha(managed.image))


def _managed(image: Image.Image, says: Declared, rules: MediaConfig) -> Managed:
    managed = to_display(image, says.profile, keep_wide_gamut=rules.keep_wide_gamut)
    return managed._replace(image=_bare(managed.image), outcome=_named(managed.outcome, says))


def _named(outcome: ColourOutcome, says: Declared) -> ColourOutcome:
    """Say where a profile came from that was made from numbers."""
    if not says.by_numbers or outcome not in {ColourOutcome.CONVERTED, ColourOutcome.CONVERTED_THROUGH_MODE}:
        return outcome
    return ColourOutcome.HIGH_RANGE_CUT if says.high_range else ColourOutcome.CONVERTED_BY_NUMBERS


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


def _turned(image: Image.Image, orientation: int) -> Image.Image:
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


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


def _animation(picture: Image.Image, found: InputFormat, says: Declared, rules: MediaConfig) -> _Animation:
    """Decode every frame, within the limits on their number and on the pixels of all of them together."""
    animation = _Animation(_plays(picture))
    orientation = _orientation(picture)
    canvas = (0, 0, *picture.size)
    for _ in _frames(picture, found, rules):
        try:
            picture.load()
        except OSError as error:
            if animation.pictures and "truncated" in str(error):
                return animation  # the end of the file is missing: what came before it plays
            raise
        # A frame may reach over the edge of what the file said at first; Pillow's canvas then grows.
        small = _shrink(in_own_space(picture).crop(canvas), rules.max_side)
        animation.pictures.append(_managed(_turned(small, orientation), says, rules))
        animation.durations_ms.append(_duration_ms(picture))
    return animation


def _frames(picture: Image.Image, found: InputFormat, rules: MediaConfig) -> Iterator[int]:
    """Go from frame to frame, counting: a GIF doesn't say how many it has, and a million take a minute to count."""
    # The default image of an APNG may be no frame: what a program shows that knows no APNG.
    begin = 1 if picture.info.get("default_image") else 0
    if found is not GIF:
        check_frames(getattr(picture, "n_frames", 1) - begin, rules)
    pixels = 0
    for number in itertools.count(begin):
        try:
            picture.seek(number)
        except EOFError:
            return
        check_pixels(picture.size, rules)
        pixels += picture.width * picture.height
        check_frames(number - begin + 1, rules)
        check_animation_pixels(pixels, rules)
        yield number


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


class _Writer:
    """Encodes pictures in the configured format, and beside them the profile that they need, if any; nothing else."""

    def __init__(self, rules: MediaConfig, profile: bytes | None) -> None:
        self.output = OUTPUTS[rules.output]
        self._options: dict[str, Any] = {"quality": rules.quality}
        if profile:
            self._options["icc_profile"] = profile

    def still(self, image: Image.Image) -> bytes:
        return self._save(image, _effort(self.output, animated=False))

    def animation(self, animation: _Animation) -> bytes:
        first, *others = (frame.image for frame in animation.pictures)
        timing = {"duration": animation.durations_ms, "loop": animation.plays}
        return self._save(
            first, {"save_all": True, "append_images": others} | timing | _effort(self.output, animated=True)
        )

    def rendition(self, image: Image.Image, same: Rendition | None) -> Rendition:
        """Encode one size, unless it is the `same` as one that has been encoded."""
        return same or Rendition(self.still(image), image.width, image.height)

    def _save(self, image: Image.Image, options: dict[str, Any]) -> bytes:
        file = io.BytesIO()
        image.save(file, self.output.encoder, **self._options, **options)
        return file.getvalue()


def _bare(image: Image.Image) -> Image.Image:
    """Forget what was found beside the pixels (place, camera, comments, profile), so that no encoder writes it."""
    image.info.clear()
    return image


def _effort(output: OutputFormat, *, animated: bool) -> dict[str, Any]:
    """The encoder's settings where its time and the file's size are in a good proportion."""
    if output.encoder == "AVIF":
        return {"speed": 9 if animated else 8, "max_threads": 1}
    return {"method": 1 if animated else 3}


def _average(image: Image.Image, profile: bytes | None) -> str:
    """The mean colour as #rrggbb, which means sRGB; transparent parts don't count."""
    mean = to_display(image.resize((1, 1), Image.Resampling.BOX), profile).image
    return "#" + mean.convert("RGB").tobytes().hex()
