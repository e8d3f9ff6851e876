"""HTML that another server sent -> Markdown: what apps show and what is searched, where the server gives no source."""

import re
from urllib.parse import quote

from service.text.sanitising import SCHEME, SCHEMES, SILENT
from service.text.scanning import Enough, Scanner

_EMPHASIS = {"b": "**", "strong": "**", "i": "*", "em": "*", "del": "~~", "s": "~~", "code": "`"}
_HEADINGS = {f"h{level}": "#" * level + " " for level in range(1, 7)}
_PARAGRAPHS = frozenset({"p", "div", "figure", "table", "dl", "ul", "ol", "blockquote", "pre", *_HEADINGS})
_LINES = frozenset({"tr", "dt", "dd", "figcaption", "summary", "details"})
_SPACE = re.compile(r"\s+")
_MARKS = re.compile(r"([\\`*_\[\]<])")
_BREAKS = re.compile(r"\n{3,}")
_DEEPEST = 20  # lists and quotations within each other


def to_markdown(html: str, limit: int) -> str:
    """Return the text of a document as Markdown, at most `limit` characters of it.

    Paragraphs, headings, emphasis, quotations, lists, code, links and pictures are kept; all else leaves its text.
    """
    writer = _Writer(limit)
    writer.scan(html)
    return _BREAKS.sub("\n\n", "".join(writer.found)).strip()[:limit]


class _Writer(Scanner):
    """Writes as it reads; `found` is the Markdown so far."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.found: list[str] = []
        self._room = 2 * limit
        self._silent = ""
        self._prefixes: list[str] = []  # of every line: quotations and lists around it
        self._lists: list[int | None] = []  # the next number, None for a list without numbers
        self._links: list[str] = []
        self._verbatim = False
        self._pending = 0  # ends of lines
        self._begun = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._silent:
            return
        if tag in SILENT:
            self._silent = tag
        self._separate(tag)
        self._open(tag, dict(attrs))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._silent:
            self._silent = "" if tag == self._silent else self._silent
            return
        if tag in _EMPHASIS and not self._verbatim:
            self._write(_EMPHASIS[tag])
        elif tag == "a" and self._links:
            address = self._links.pop()
            self._write(f"]({address})" if address else "")
        elif tag in {"blockquote", "li"} and self._prefixes:
            self._prefixes.pop()
        elif tag in {"ul", "ol"} and self._lists:
            self._lists.pop()
        elif tag == "pre" and self._verbatim:
            self._verbatim = False
            self._write("```" if self.found[-1].endswith("\n") else "\n```")
        self._separate(tag)

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if self._verbatim:
            self._write(data.replace("\n", "\n" + "".join(self._prefixes)))
            return
        text = _SPACE.sub(" ", data)
        if self._pending or not self.found or self.found[-1].endswith((" ", "\n")):
            text = text.lstrip()
        self._write(_MARKS.sub(r"\\\1", text))

    def _open(self, tag: str, attributes: dict[str, str | None]) -> None:
        if tag in _EMPHASIS:
            self._write("" if self._verbatim else _EMPHASIS[tag])
        elif tag in _HEADINGS:
            self._begin(_HEADINGS[tag])
        elif tag in {"blockquote", "ul", "ol", "li", "pre"}:
            self._open_block(tag)
        elif tag == "br":
            self._write("" if self._pending or not self.found else "  ")
            self._break(1)
        elif tag == "hr":
            self._break(2)
            self._write("---")
            self._break(2)
        elif tag == "a":
            self._links.append(_address(attributes.get("href")))
            self._write("[" if self._links[-1] else "")
        elif tag == "img" and (address := _address(attributes.get("src"))):
            words = _MARKS.sub(r"\\\1", _SPACE.sub(" ", attributes.get("alt") or ""))
            self._write(f"![{words}]({address})")

    def _open_block(self, tag: str) -> None:
        if tag == "blockquote":
            self._begin("> ")
            self._indent("> ")
        elif tag in {"ul", "ol"} and len(self._lists) < _DEEPEST:
            self._lists.append(1 if tag == "ol" else None)
        elif tag == "li":
            self._item()
        elif tag == "pre":
            self._write("```\n" + "".join(self._prefixes))
            self._verbatim = True

    def _separate(self, tag: str) -> None:
        if tag in _PARAGRAPHS:
            self._break(1 if self._lists else 2)
        elif tag in _LINES:
            self._break(1)

    def _item(self) -> None:
        self._break(1)
        number = self._lists[-1] if self._lists else None
        if number is not None:
            self._lists[-1] = number + 1
        mark = "- " if number is None else f"{number}. "
        self._begin(mark)
        self._indent(" " * len(mark))

    def _indent(self, prefix: str) -> None:
        self._prefixes.append(prefix if len(self._prefixes) < _DEEPEST else "")

    def _break(self, lines: int) -> None:
        """End the line before what is written next, and leave an empty one where `lines` is 2."""
        if not self._begun:
            self._pending = max(self._pending, lines)

    def _begin(self, mark: str) -> None:
        """Write what begins a block; what comes next stands on the same line."""
        self._write(mark)
        self._begun = True

    def _write(self, text: str) -> None:
        if not text:
            return
        if self._pending and self.found:
            self.found.append(("\n" + "".join(self._prefixes)) * self._pending)
        self._pending, self._begun = 0, False
        self.found.append(text)
        self._room -= len(text)
        if self._room <= 0:
            raise Enough


def _address(url: str | None) -> str:
    """Return an address as it may stand in Markdown; "" for none, or one that no link may have."""
    scheme = SCHEME.match(url or "")
    if not url or scheme is None or scheme[1].lower() not in SCHEMES:
        return ""
    return quote(url.strip(), safe="/:?#[]@!$&'*+,;=%~-._")
