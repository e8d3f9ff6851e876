"""Bytes of a web page -> text, as browsers decode them (WHATWG Encoding), by Python's codecs."""

import codecs
import re

MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))

# What pages call their encodings, where Python calls them otherwise or means less by the name than browsers do.
_LABELS = {
    "utf-8": "utf8 utf_8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8",
    "utf-16-le": "utf-16 utf-16le unicode unicodefeff ucs-2 csunicode iso-10646-ucs-2",
    "utf-16-be": "utf-16be unicodefffe",
    "cp874": "windows-874 tis-620 tis620 iso-8859-11 iso8859-11 iso885911 dos-874 x-windows-874",
    "cp1250": "x-cp1250",
    "cp1251": "x-cp1251 win-1251 win1251",
    "cp1252": (
        "iso-8859-1 iso8859-1 iso88591 iso_8859-1 latin1 latin-1 l1 ascii us-ascii x-cp1252 ansi_x3.4-1968 cp819 ibm819"
    ),
    "cp1253": "x-cp1253",
    "cp1254": "iso-8859-9 iso8859-9 iso88599 iso_8859-9 latin5 l5 x-cp1254",
    "cp1255": "x-cp1255",
    "cp1256": "x-cp1256",
    "cp1257": "x-cp1257",
    "cp1258": "x-cp1258",
    "iso8859-8": "iso-8859-8-i logical visual",
    "mac-roman": "macintosh mac x-mac-roman csmacintosh",
    "mac-cyrillic": "x-mac-cyrillic x-mac-ukrainian",
    "koi8-r": "koi koi8 koi8_r cskoi8r",
    "koi8-u": "koi8-ru",
    "gb18030": (
        "gbk gb2312 gb_2312 gb_2312-80 x-gbk chinese csgb2312 csiso58gb231280 iso-ir-58 cp936 936 windows-936 euc-cn"
    ),
    "big5hkscs": "big5 big5-hkscs cn-big5 csbig5 x-x-big5 big5-eten cp950",
    "cp932": "shift_jis shift-jis sjis x-sjis ms_kanji ms932 windows-31j csshiftjis",
    "euc_jp": "euc-jp x-euc-jp x-euc cseucpkdfmtjapanese",
    "iso2022_jp_ext": "iso-2022-jp csiso2022jp",
    "cp949": (
        "euc-kr euckr korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 windows-949 iso-ir-149 cseuckr "
        "csksc56011987 ms949 uhc"
    ),
}
LABELS = {label: encoding for encoding, labels in _LABELS.items() for label in labels.split()}

# Python knows more, some of which are slow, or no encodings of text.
_ENCODINGS = (
    "utf-8 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-10 iso8859-13 iso8859-14 "
    "iso8859-15 iso8859-16 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 cp866 koi8-r koi8-u gb18030"
)
ENCODINGS = frozenset(_ENCODINGS.split())

DECLARED_WITHIN = 4_096  # bytes; browsers look at the first 1,024
CHARSET = re.compile(
    rb"""<meta[^<>]{0,500}?charset\s{0,9}=\s{0,9}["']?\s{0,9}([A-Za-z0-9_:.+-]{1,40})""", re.IGNORECASE
)
XML = re.compile(
    rb"""\s{0,99}<\?xml[^<>]{0,200}?encoding\s{0,9}=\s{0,9}["']([A-Za-z0-9_:.+-]{1,40})""", re.IGNORECASE
)


def decode(body: bytes, content_type: str) -> str:
    """Return the text of a page: by its byte order mark, the header, the page's own word, and else by how it looks.

    Parameters:
        body: the page, or the beginning of it.
        content_type: the header.
    """
    for mark, encoding in MARKS:
        if body.startswith(mark):
            return body.removeprefix(mark).decode(encoding, "replace")
    encoding = known(charset_of(content_type)) or _wide(body) or _declared(body)
    if encoding:
        return body.decode(encoding, "replace")
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(body)  # the last character may be cut
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def charset_of(content_type: str) -> str:
    """Return what a Content-Type says of the charset; '' for nothing."""
    for part in content_type.split(";")[1:]:
        name, _, value = part.partition("=")
        if name.strip().lower() == "charset":
            return value.strip(" \"'")
    return ""


def known(label: str) -> str:
    """Return Python's name of an encoding of the web; '' for any other."""
    label = label[:40].strip().lower()
    if label in LABELS:
        return LABELS[label]
    try:
        name = codecs.lookup(label.encode("ascii").decode()).name if label else ""
    except (LookupError, ValueError):
        return ""
    name = LABELS.get(name, name)
    return name if name in ENCODINGS or name in _LABELS else ""


def _wide(body: bytes) -> str:
    """Tell UTF-16 without a mark by the halves that markup has empty."""
    head = body[:400]
    low, high = head[::2].count(0), head[1::2].count(0)
    if max(low, high) * 5 < len(head):  # two fifths of the units
        return ""
    return "utf-16-le" if high > low else "utf-16-be"


def _declared(body: bytes) -> str:
    found = CHARSET.search(body, 0, DECLARED_WITHIN) or XML.match(body)
    encoding = known(found[1].decode("ascii")) if found else ""
    # A page whose tags are read byte by byte is not in UTF-16, whatever it says.
    return "utf-8" if encoding.startswith("utf-16") else encoding
