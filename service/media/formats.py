"""Which image formats come in and go out.

Content decides, never a file name or a declared type. A decoder that is not listed here cannot be reached:
`Image.open` gets exactly the names of the one format whose signature the file carries.
"""

from dataclasses import dataclass
from typing import Literal

from service.media.errors import Rejected

ACCEPTED = "JPEG, PNG, WebP, GIF, AVIF, HEIC, JPEG XL, TIFF or BMP"


@dataclass(frozen=True)
class InputFormat:
    """A format we read: its name for people, Pillow's names of its decoders, and whether we keep its animation."""

    name: str
    decoders: tuple[str, ...]
    animates: bool = False


@dataclass(frozen=True)
class OutputFormat:
    """A format we write."""

    encoder: str
    content_type: str
    extension: str


JPEG = InputFormat("JPEG", ("JPEG", "MPO"))  # MPO: several JPEGs in one file; only the first is shown
PNG = InputFormat("PNG", ("PNG",), animates=True)
WEBP = InputFormat("WebP", ("WEBP",), animates=True)
GIF = InputFormat("GIF", ("GIF",), animates=True)
AVIF = InputFormat("AVIF", ("AVIF",), animates=True)
HEIC = InputFormat("HEIC", ("HEIF",))
JPEG_XL = InputFormat("JPEG XL", ())  # not one of Pillow's: jpegxl.py
TIFF = InputFormat("TIFF", ("TIFF",))
BMP = InputFormat("BMP", ("BMP",))

INPUTS = (JPEG, PNG, WEBP, GIF, AVIF, HEIC, JPEG_XL, TIFF, BMP)

# Both formats mean sRGB where no profile is embedded (WebP container specification, "ICCP"; AVIF carries
# the colour as numbers), so ours carry none unless they keep a wide gamut (docs/images.md).
OUTPUTS: dict[Literal["webp", "avif"], OutputFormat] = {
    "webp": OutputFormat("WEBP", "image/webp", ".webp"),
    "avif": OutputFormat("AVIF", "image/avif", ".avif"),
}

_SIGNATURES = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\0", TIFF),
    (b"MM\0*", TIFF),
    (b"II+\0", TIFF),
    (b"MM\0+", TIFF),
    (b"BM", BMP),
    (b"\xff\x0a", JPEG_XL),
    (b"\0\0\0\x0cJXL \r\n\x87\n", JPEG_XL),
)
_AVIF_BRANDS = {b"avif", b"avis"}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1"}


def sniff(data: bytes) -> InputFormat:
    """Return the format whose signature `data` begins with.

    Raises:
        Rejected: it is none of ours.
    """
    for signature, found in _SIGNATURES:
        if data.startswith(signature):
            return found
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WEBP
    if data[4:8] == b"ftyp":
        brands = _brands(data)
        if brands & _AVIF_BRANDS:
            return AVIF
        if brands & _HEIC_BRANDS:
            return HEIC
    if b"<svg" in data[:4096].lower():
        raise Rejected("SVG images can't be uploaded because they can contain scripts.")
    raise Rejected(f"This isn't an image format we support. Use {ACCEPTED}.")


def _brands(data: bytes) -> set[bytes]:
    """The major and the compatible brands of an ISO media file (ISO 14496-12, 4.3)."""
    end = min(int.from_bytes(data[:4]), 256)
    return {data[8:12]} | {data[at : at + 4] for at in range(16, end, 4)}
