"""What the head of an HTTP/1 request must look like before anybody believes where the request ends. Pure: bytes in.

Two programs that read the same bytes differently can be made to see two different requests. So whatever another reader
could take otherwise is refused, also where the standard would let us guess.
"""

import re

HTTP2_PREFACE = b"PRI * HTTP/2.0"

_BARE_LINE_FEED = re.compile(rb"(?<!\r)\n")
_REQUEST_LINE = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+ /[\x21-\x7e]* HTTP/1\.([01])")
_LOOKS_LIKE_REQUEST_LINE = re.compile(rb".* HTTP/[0-9.]+\Z|[^:]*\Z")
_FOLDED = re.compile(rb"\r\n[ \t]")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)")
_FRAMING = re.compile(rb"\r\n(content-length|transfer-encoding)[ \t]*:[ \t]*([^\r]*)", re.IGNORECASE)
_LENGTH = re.compile(rb"[0-9]{1,18}")


def has_bare_line_feed(data: bytes | bytearray, start: int, stop: int) -> bool:
    """Whether a line feed without its carriage return lies within the bytes from `start` up to `stop`."""
    return _BARE_LINE_FEED.search(data, max(0, start - 1), stop) is not None


def why_refused(head: bytes, *, http2: bool = False) -> str | None:
    r"""Say what is wrong with a head, or with the trailers of a body; None when nothing is.

    Parameters:
        head: the lines with `\r\n` between them, without the empty one.
        http2: whether HTTP/2 may begin here.
    """
    first, _, _ = head.partition(b"\r\n")
    if http2 and first == HTTP2_PREFACE:
        return None
    if _FOLDED.search(head):
        return "folded header"
    if _CONTROL.search(head):
        return "control character"
    if _LOOKS_LIKE_REQUEST_LINE.match(first):
        line = _REQUEST_LINE.fullmatch(first)
        if line is None:
            return "request line"
        return _why_framing_refused(head, old=line[1] == b"0")
    return _why_framing_refused(b"\r\n" + head, old=False)


def _why_framing_refused(head: bytes, *, old: bool) -> str | None:
    """One content-length, or one transfer-encoding that is `chunked` (which HTTP/1.0 does not have), or neither."""
    fields = _FRAMING.findall(head)
    if len(fields) > 1:
        return "more than one field says where the body ends"
    for name, value in fields:
        if name.lower() == b"content-length":
            if not _LENGTH.fullmatch(value.strip(b" \t")):
                return "content-length"
        elif old or value.strip(b" \t").lower() != b"chunked":
            return "transfer-encoding"
    return None
