"""Whether an image that we wrote can be seen through, read from the beginning of its file."""

# Where a file says so: WebP container specification, "Extended File Format" and "Simple File Format (Lossless)";
# the auxiliary image of MIAF, ISO/IEC 23000-22, 7.3.5.
_AVIF_ALPHA = b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha"
_AVIF_HEAD = 4096  # bytes


def is_opaque(body: bytes) -> bool:
    """Whether no pixel of an image can be transparent.

    Parameters:
        body: of a WebP or AVIF file.
    """
    if body[8:12] != b"WEBP":
        return _AVIF_ALPHA not in body[:_AVIF_HEAD]
    match body[12:16]:
        case b"VP8X":
            return not body[20] & 0x10
        case b"VP8L":
            return not int.from_bytes(body[21:25], "little") >> 28 & 1
    return True
