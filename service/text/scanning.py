"""A parser for HTML that anybody may have written, in linear time, that never raises.

Python's html.parser has bad inputs of its own: at the end of a document it tries every unclosed construct again from
each `<`, and it raises on some declarations and on endless numeric references. So the document is never ended, only
fed, and what it raises ends the scan with what has been found so far.
"""

from html import unescape
from html.parser import HTMLParser


class Enough(Exception):
    """Raised by a handler that has found what it looked for."""


class Scanner(HTMLParser):
    """The base of everything here that reads HTML; a subclass overrides the handlers of html.parser."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def scan(self, html: str) -> None:
        """Read the document, or as much of it as makes sense. A construct that is still open at its end is dropped."""
        try:
            self.feed(html)
            if not self.rawdata.startswith("<"):  # text kept back because an entity might go on
                self.handle_data(unescape(self.rawdata))
        except (Enough, AssertionError, ValueError):
            return
