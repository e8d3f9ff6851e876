"""Bodies made to cost much: of each kind, as large as a stranger likes; each with the status that it gets.

They are made when they are asked for, since together they are large.
"""

from collections.abc import Callable

Make = Callable[[int], bytes]

MB = 1_000_000
URLENCODED = "application/x-www-form-urlencoded"
BOUNDARY = "xyz"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
FILE = b'Content-Disposition: form-data; name="file"; filename="a.png"\r\n'
FIELD = b'Content-Disposition: form-data; name="a"\r\n'
OPEN, CLOSE = b"--xyz\r\n", b"\r\n--xyz--\r\n"


def repeated(text: bytes, before: bytes = b"", after: bytes = b"") -> Make:
    """Return what fills a size with one text."""

    def make(size: int) -> bytes:
        return before + text * max(1, (size - len(before) - len(after)) // len(text)) + after

    return make


def numbered(pattern: bytes, before: bytes, after: bytes) -> Make:
    """Return what fills a size with a text that has another number each time."""

    def make(size: int) -> bytes:
        count = max(1, (size - len(before) - len(after)) // (len(pattern) + 4))
        return before + b"".join(pattern % number for number in range(count)) + after

    return make


def file(content: bytes) -> Make:
    """Return a form with a file that is one text, over and over."""
    return repeated(content, OPEN + FILE + b"\r\n", CLOSE)


def head(line: bytes) -> Make:
    """Return a form whose part has the same in its head over and over."""
    return repeated(line, OPEN + FILE[:-2], b"\r\n\r\nx" + CLOSE)


# A form's fields: what their readers make of it, 200 being a form that was read.
URLENCODED_BODIES: dict[str, tuple[int, Make]] = {
    "many fields": (413, repeated(b"a=1&")),
    "nothing but &": (413, repeated(b"&")),
    "many names": (413, numbered(b"a%d=1&", b"", b"")),
    "empty names": (413, repeated(b"=1&")),
    "nothing but =": (200, repeated(b"=")),
    "one long value": (200, repeated(b"x", b"a=")),
    "one long name": (200, repeated(b"x", b"", b"=1")),
    "%": (200, repeated(b"%", b"a=")),
    "% in a name": (200, repeated(b"%", b"", b"=1")),
    "%41": (200, repeated(b"%41", b"a=")),
    "a%41": (200, repeated(b"a%41", b"a=")),
    "%4": (200, repeated(b"%4", b"a=")),
    "%zz": (200, repeated(b"%zz", b"a=")),
    "four bytes each": (200, repeated(b"%F0%9F%98%80", b"a=")),
    "four bytes unescaped": (200, repeated("😀".encode(), b"a=")),
    "plus": (200, repeated(b"+", b"a=")),
    "999 fields of escapes": (200, lambda size: b"&".join([b"a=" + b"%" * (size // 999 - 3)] * 999)),
    "no text": (400, repeated(b"%FF", b"a=")),
    "no text at the end": (400, repeated(b"x", b"a=", b"%F0%9F")),
    "no text unescaped": (400, repeated(b"\xff", b"a=")),
    "half of a pair": (400, repeated(b"%ED%A0%80", b"a=")),
}

MULTIPART_BODIES: dict[str, tuple[int, Make]] = {
    "a file of x": (200, file(b"x")),
    "a file of CR": (200, file(b"\r")),
    "a file of LF": (200, file(b"\n")),
    "a file of CRLF": (200, file(b"\r\n")),
    "a file of dashes": (200, file(b"-")),
    "a file of almost boundaries": (200, file(b"\r\n--xy")),
    "a file of false boundaries": (200, file(b"\r\n--xyz_")),
    "a file of the boundary's word": (200, file(b"_--xyz")),
    "boundaries that end in blanks": (200, file(b"\r\n--xyz" + b" " * 4000 + b"_")),
    "a form in a form": (
        413,
        repeated(
            b"\r\n--in\r\n" + FILE + b"\r\nx",
            OPEN + FIELD + b"Content-Type: multipart/mixed; boundary=in\r\n\r\n",
            CLOSE,
        ),
    ),
    "one long field": (413, repeated(b"x", OPEN + FIELD + b"\r\n", CLOSE)),
    "many fields": (413, repeated(OPEN + FIELD + b"\r\n1\r\n", b"", CLOSE[2:])),
    "many files": (413, repeated(OPEN + FILE + b"\r\n1\r\n", b"", CLOSE[2:])),
    "many empty files": (413, repeated(OPEN + FILE + b"\r\n\r\n", b"", CLOSE[2:])),
    "one long header": (400, head(b"x")),
    "one long name": (400, repeated(b"x", OPEN + b'Content-Disposition: form-data; name="', b'"\r\n\r\nx' + CLOSE)),
    "many headers": (400, head(b"\r\nX: y")),
    "many headers that differ": (400, numbered(b"\r\nX-%d: y", OPEN + FILE[:-2], b"\r\n\r\nx" + CLOSE)),
    "headers that go on": (400, head(b"\r\n x")),
    "headers that go on for nothing": (400, head(b"\r\n ")),
    "many parameters": (400, head(b"; a=b")),
    "many quoted parameters": (400, head(b'; a="b"')),
    "parameters of no name": (400, head(b";")),
    "a quote that stays open": (400, head(b'; a="')),
    "a name in many parts": (400, numbered(b"; filename*%d=a", OPEN + FILE[:-2], b"\r\n\r\nx" + CLOSE)),
    "a name in escapes": (400, repeated(b"%41", OPEN + FILE[:-2] + b"; filename*=UTF-8''", b"\r\n\r\nx" + CLOSE)),
    "a line that never ends": (400, repeated(b"\r", OPEN, b"")),
    "no boundary": (400, repeated(b"x")),
    "no boundary but CR": (400, repeated(b"\r")),
    "no boundary but dashes": (400, repeated(b"--")),
    "words before": (400, repeated(b"x", b"", b"\r\n" + OPEN + FIELD + b"\r\n1" + CLOSE)),
    "words after": (400, repeated(b"x", OPEN + FIELD + b"\r\n1" + CLOSE, b"")),
    "no end": (400, repeated(b"x", OPEN + FILE + b"\r\n", b"")),
    "no name": (400, repeated(b"x", OPEN + b"Content-Disposition: form-data\r\n\r\n", CLOSE)),
    "an empty name": (400, repeated(b"x", OPEN + b'Content-Disposition: form-data; name=""\r\n\r\n', CLOSE)),
    "no disposition": (400, repeated(b"x", OPEN + b"Content-Type: text/plain\r\n\r\n", CLOSE)),
    "a head that is no text": (400, repeated(b"x", OPEN + b"\xff\xfe: y\r\n\r\n", CLOSE)),
}  # fmt: skip

# A field that is no text, which is short enough to be judged.
NO_TEXT = OPEN + FIELD + b"Content-Type: text/plain; charset=utf-16\r\n\r\n" + "ä".encode("utf-16") + CLOSE

# JSON: 400 is what a struct of a name and a password says to it, 200 that it was read.
GOOD = b'"username": "a", "password": "b"'
JSON_BODIES: dict[str, tuple[int, Make]] = {
    "objects": (200, repeated(b"{},", b"{" + GOOD + b', "x": [', b"{}]}")),
    "lists": (200, repeated(b"[],", b"{" + GOOD + b', "x": [', b"[]]}")),
    "deep lists": (400, repeated(b"[", b"{" + GOOD + b', "x": ')),
    "deep objects": (400, repeated(b'{"a":', b"{" + GOOD + b', "x": ')),
    "many deep lists": (200, repeated(b"[" * 300 + b"]" * 300 + b",", b"{" + GOOD + b', "x": [', b"1]}")),
    "many names": (200, numbered(b'"%d": 1, ', b"{", GOOD + b"}")),
    "one name many times": (200, repeated(b'"x": 1, ', b"{", GOOD + b"}")),
    "a known name many times": (200, repeated(b'"username": "", ', b"{", GOOD + b"}")),
    "a long number": (200, repeated(b"1", b"{" + GOOD + b', "x": ', b"}")),
    "a long fraction": (200, repeated(b"1", b"{" + GOOD + b', "x": 0.', b"}")),
    "a long exponent": (200, repeated(b"1", b"{" + GOOD + b', "x": 1e', b"}")),
    "numbers": (200, repeated(b"1,", b"{" + GOOD + b', "x": [', b"1]}")),
    "fractions": (200, repeated(b"0.1,", b"{" + GOOD + b', "x": [', b"1]}")),
    "strings": (200, repeated(b'"",', b"{" + GOOD + b', "x": [', b'""]}')),
    "escapes": (200, repeated(b"\\u0041", b'{"password": "b", "username": "', b'"}')),
    "short escapes": (200, repeated(b"\\n", b'{"password": "b", "username": "', b'"}')),
    "pairs": (200, repeated(b"\\ud83d\\ude00", b'{"password": "b", "username": "', b'"}')),
    "halves of pairs": (400, repeated(b"\\ud83d", b'{"password": "b", "username": "', b'"}')),
    "blanks": (200, repeated(b" ", b"{" + GOOD, b"}")),
    "no text": (400, repeated(b"\xff", b'{"password": "b", "username": "', b'"}')),
    "a number for a name": (400, repeated(b"1", b'{"password": "b", "username": ', b"}")),
    "a list": (400, repeated(b"{},", b"[", b"{}]")),
    "a string": (400, repeated(b"x", b'"', b'"')),
}  # fmt: skip

# Content types that are none, and what they get with a body of any kind.
HEADERS: dict[str, tuple[int, dict[str, str]]] = {
    "a boundary too long": (400, {"Content-Type": "multipart/form-data; boundary=" + "b" * 71}),
    "a very long boundary": (400, {"Content-Type": "multipart/form-data; boundary=" + "b" * 20_000}),
    "a boundary in parts": (
        400,
        {"Content-Type": "multipart/form-data" + "".join(f"; boundary*{n}=b" for n in range(1000))},
    ),
    "an empty boundary": (400, {"Content-Type": 'multipart/form-data; boundary=""'}),
    "a boundary that is not ASCII": (400, {"Content-Type": "multipart/form-data; boundary=\xe9"}),
    "no boundary": (400, {"Content-Type": "multipart/form-data"}),
    "another kind of parts": (415, {"Content-Type": "multipart/mixed; boundary=xyz"}),
    "UTF-16": (415, {"Content-Type": f"{URLENCODED}; charset=utf-16"}),
    "UTF-7": (415, {"Content-Type": f"{URLENCODED}; charset=utf-7"}),
    "many parameters": (415, {"Content-Type": f"{URLENCODED}; charset=x" + "; a=b" * 5000}),
    "no type": (415, {"Content-Type": ""}),
    "not even a word": (415, {"Content-Type": ";;;;"}),
    "XML": (415, {"Content-Type": "application/xml"}),
    "JSON": (415, {"Content-Type": "application/json"}),
    "gzip": (415, {"Content-Type": URLENCODED, "Content-Encoding": "gzip"}),
    "a bomb": (415, {"Content-Type": URLENCODED, "Content-Encoding": "gzip, gzip, br"}),
    "an unknown encoding": (415, {"Content-Type": URLENCODED, "Content-Encoding": "x"}),
}
