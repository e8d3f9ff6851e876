"""What working on an image ends in. Free of Pillow, so that the processes that ask need not load it."""

import enum

import msgspec


class ColourOutcome(enum.StrEnum):
    """How the colours of an image became what is shown."""

    ASSUMED_SRGB = "assumed_srgb"
    """No profile: the values were taken as sRGB already."""
    CONVERTED = "converted"
    """Converted from the image's own space by its embedded profile (or, for Lab, by definition)."""
    CONVERTED_BY_NUMBERS = "converted_by_numbers"
    """Converted from the space that the file names by numbers (H.273; PNG's gamma and primaries)."""
    HIGH_RANGE_CUT = "high_range_cut"
    """The same, from a space of high dynamic range (PQ, HLG): what is brighter than white paper became white."""
    CONVERTED_THROUGH_MODE = "converted_through_mode"
    """The profile is for another mode that can hold the same picture (RGB, and the picture gray): converted there."""
    CMYK_WITHOUT_PROFILE = "cmyk_without_profile"
    """CMYK that doesn't say which inks: taken as printed by offset on coated paper, which it most often is."""
    PROFILE_MISFIT = "profile_misfit"
    """The profile speaks of another colour space: ignored, as if there were none (sRGB; CMYK as printed on coated)."""
    PROFILE_BROKEN = "profile_broken"
    """The profile is truncated, garbage, too large or of a kind that describes no image: ignored likewise."""


class Rendition(msgspec.Struct, frozen=True):
    """One size of an image: encoded bytes, and pixels as shown (upright)."""

    body: bytes
    width: int
    height: int


class ProcessedImage(msgspec.Struct, frozen=True, tag="image"):
    """An image that is safe to store and show: decoded, upright, in sRGB, without metadata, encoded anew.

    `body`, `width` and `height` are the largest size, animated where `frames` > 1; `medium` and `thumbnail` are
    still. No size is larger than the original, so a small image has three equal ones (of equal bytes, if still).
    `average` is the mean colour as `#rrggbb`, to fill the place until the image has loaded. `perceptual_hash` is PDQ's,
    32 bytes whose first bit is the first of a `bit(256)` column, of the first frame; `hash_quality`, 0 to 100, is how
    much that hash says: PieFed compares none below 70.
    """

    body: bytes
    width: int
    height: int
    medium: Rendition
    thumbnail: Rendition
    content_type: str
    extension: str
    frames: int
    average: str
    perceptual_hash: bytes
    hash_quality: int
    source_format: str
    colour: ColourOutcome
