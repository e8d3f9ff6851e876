"""The parts of a parsed Markdown text -> HTML. Well nested, not deep, not long; the sanitiser comes after it."""

import re
from html import escape
from typing import Any

from service.text import marks
from service.text.addresses import as_link
from service.text.highlighting import class_of
from service.text.links import Named, links_in, named_by
from service.text.syntax import Event

MAX_DEPTH = 50  # elements within each other; what is deeper stands in the last of them
PATHS = {"@": "u", "!": "c"}

ALONE = {"SoftBreak": "<br>\n", "HardBreak": "<br>\n", "Rule": "<hr>\n"}
# What each part is written as, and what follows its beginning and its end.
ELEMENTS = {
    "BlockQuote": ("blockquote", "\n", "\n"),
    "Item": ("li", "", "\n"),
    "Table": ("table", "\n", "\n"),
    "TableRow": ("tr", "\n", "\n"),
    "TableHead": ("tr", "\n", "\n"),
    "Emphasis": ("em", "", ""),
    "Strong": ("strong", "", ""),
    "Strikethrough": ("s", "", ""),
}
SHIFTED = (
    (marks.SUP, marks.SUP_END, "sup"),
    (marks.SUB, marks.SUB_END, "sub"),
)
SPOILER, HIDDEN = "details", "tg-spoiler"
IMPLIED = frozenset({SPOILER, HIDDEN})  # what the end of the element around them ends
HIDING = re.compile(f"([{marks.HIDDEN}{marks.HIDDEN_END}])")


class TooMuch(Exception):
    """The HTML became longer than was allowed."""


class Writer:
    """Takes events and makes HTML of them.

    Parameters:
        base_url: the site that mentions lead to.
        limit: how many characters the HTML may have.

    Attributes:
        named: whom the text names, in order.
    """

    def __init__(self, base_url: str, limit: int) -> None:
        self.named: list[Named] = []
        self._base_url = base_url
        self._room = limit
        self._out: list[str] = []
        self._text: list[str] = []
        self._open: list[tuple[str, str]] = []  # elements and what follows their ends; those too deep as well
        self._links = 0
        self._leads_to = ""  # the address of a link whose text has not begun
        self._pictures: list[dict[str, str]] = []
        self._alt: list[str] = []
        self._paragraph_begins = False
        self._in_head = self._in_code = False
        self._footnotes: dict[str, int] = {}

    def write(self, event: Event) -> None:
        """Write one part of the text. Raises TooMuch."""
        if isinstance(event, str):
            self._write_alone(event)
            return
        ((kind, value),) = event.items()
        if kind == "Text":
            self._take_text(value)
            return
        if self._text or self._paragraph_begins:
            self._flush()
        if kind == "Start":
            self._begin(*_named_value(value))
        elif kind == "End":
            self._end(_named_value(value)[0])
        elif kind == "Code":
            self._write_code(value)
        elif kind == "FootnoteReference":
            self._put(self._footnote_sign(value))
        elif kind == "TaskListMarker":
            self._put("☑ " if value else "☐ ")
        else:
            self._take_text(value)  # HTML, which prepare() leaves none of

    def finish(self) -> None:
        """Close what is open. Raises TooMuch."""
        self._flush()
        while self._open:
            self._close()

    def finished(self) -> str:
        """Return the HTML, once it is finished."""
        return "".join(self._out)

    # Text

    def _take_text(self, text: str) -> None:
        if self._paragraph_begins:
            self._paragraph_begins = False
            if text[:1] in {marks.SPOILER, marks.SPOILER_END}:
                self._begin_edge(text[:1])
                text = text[1:]
            else:
                self._open_element("p", "\n")
        self._text.append(text)

    def _flush(self) -> None:
        """Write the text that was collected; only then is it known where an address in it ends."""
        if self._paragraph_begins and not self._text:
            self._paragraph_begins = False
            self._open_element("p", "\n")
        if not self._text:
            return
        text = "".join(self._text)
        self._text.clear()
        if self._pictures:
            self._alt.append(marks.plain(text))
        elif self._in_code:
            self._put(escape(marks.as_written(text), quote=False))
        else:
            self._write_text(text)

    def _write_text(self, text: str) -> None:
        if self._leads_to and (named := named_by(text, self._leads_to)):
            self.named.append(named)
        self._leads_to = ""
        if text.isascii() and ":" not in text and "@" not in text:
            self._put(escape(text, quote=False))  # nothing is marked in it, and nothing a link
            return
        done = 0
        for link in links_in(text) if not self._links else ():
            self._write_plain(text[done : link.start])
            self._write_link(text[link.start : link.end], link.named)
            done = link.end
        self._write_plain(text[done:])

    def _write_plain(self, text: str) -> None:
        for piece in HIDING.split(text):
            if piece == marks.HIDDEN:
                self._open_element(HIDDEN, "")
            elif piece == marks.HIDDEN_END:
                if self._open and self._open[-1][0] == HIDDEN:
                    self._close()
            else:
                self._put(_shifted(piece))

    def _write_link(self, text: str, named: Named | None) -> None:
        shown = escape(marks.plain(text), quote=False)
        if not named:
            self._put(f'<a href="{escape(as_link(marks.plain(text)))}">{shown}</a>')
            return
        self.named.append(named)
        is_ours = named.host in {"", self._base_url.partition("://")[2]}
        who = named.name if is_ours else f"{named.name}@{named.host}"
        self._put(f'<a href="{self._base_url}/{PATHS[named.sigil]}/{who}" class="mention">{shown}</a>')

    def _write_alone(self, event: str) -> None:
        self._flush()
        if self._pictures:
            self._alt.append(" ")
        else:
            self._put(ALONE.get(event, ""))

    def _write_code(self, text: str) -> None:
        if self._pictures:
            self._alt.append(marks.as_written(text))
        else:
            self._put(f"<code>{escape(marks.as_written(text), quote=False)}</code>")

    # Elements

    def _begin(self, kind: str, value: Any) -> None:
        if kind == "Image":
            self._pictures.append(value)
        elif self._pictures:
            return
        elif kind == "Paragraph":
            self._paragraph_begins = True
        elif kind in ELEMENTS:
            self._begin_element(kind)
        elif kind == "Link":
            self._begin_link(value)
        elif kind == "CodeBlock":
            self._in_code = True
            self._put(f"<pre><code{_language_of(value)}>")
        elif kind == "List":
            start = f' start="{value}"' if value not in {None, 1} else ""
            self._open_element("ul" if value is None else "ol", "\n", start, "\n")
        elif kind == "Heading":
            self._open_element(value["level"].lower(), "\n")
        elif kind == "TableCell":
            self._open_element("th" if self._in_head else "td", "\n")
        else:
            self._begin_footnote(kind, value)

    def _begin_footnote(self, kind: str, label: Any) -> None:
        if kind == "FootnoteDefinition":
            self._open_element("div", "\n", "", self._footnote_sign(label))

    def _begin_element(self, kind: str) -> None:
        tag, after_start, after_end = ELEMENTS[kind]
        if kind == "TableHead":
            self._in_head = True
            self._put("<thead>\n")
        self._open_element(tag, after_end, "", after_start)

    def _end(self, kind: str) -> None:
        if self._pictures:
            if kind == "Image":
                self._end_picture(self._pictures.pop())
        elif kind == "CodeBlock":
            self._in_code = False
            self._put("</code></pre>\n")
        elif kind == "Paragraph":
            self._end_paragraph()
        elif kind == "Link":
            self._links -= 1
            self._leads_to = ""
            self._close_with_implied()
        elif kind == "TableHead":
            self._in_head = False
            self._close_with_implied()
            self._put("</thead>\n<tbody>\n")
        elif kind == "Table":
            self._put("</tbody>\n")
            self._close()
        elif kind in {"List", "Heading", "TableCell", "FootnoteDefinition"} or kind in ELEMENTS:
            self._close_with_implied()

    def _footnote_sign(self, label: str) -> str:
        """The number of a footnote, in the order in which the text names them."""
        return f"<sup>[{self._footnotes.setdefault(label, len(self._footnotes) + 1)}]</sup>"

    def _begin_link(self, value: dict[str, str]) -> None:
        self._links += 1
        href = self._leads_to = marks.plain(value["dest_url"])
        if value["link_type"] == "Email":
            href = f"mailto:{href}"
        title = marks.plain(value["title"])
        self._open_element("a", "", f' href="{escape(as_link(href))}"' + _attribute("title", title))

    def _end_picture(self, value: dict[str, str]) -> None:
        if self._pictures:
            return
        address, title = as_link(marks.plain(value["dest_url"])), marks.plain(value["title"])
        alt = "".join(self._alt)
        self._alt.clear()
        self._put(f'<img src="{escape(address)}" alt="{escape(alt)}"{_attribute("title", title)}>')

    # Spoilers

    def _begin_edge(self, mark: str) -> None:
        if mark == marks.SPOILER:
            self._open_element(SPOILER, "\n")
            self._open_element("summary", "\n")
        else:
            self._open_element("", "")  # the paragraph of the edge, which nothing stands in

    def _end_paragraph(self) -> None:
        while self._open[-1][0] == HIDDEN:
            self._close()
        is_edge = self._open[-1][0] == ""
        self._close()
        if is_edge and self._open and self._open[-1][0] == SPOILER:
            self._close()

    def _close_with_implied(self) -> None:
        """Close the innermost part of the text, and before it the spoilers that are still open in it."""
        while self._open[-1][0] in IMPLIED:
            self._close()
        self._close()

    def _open_element(self, tag: str, after_end: str, attributes: str = "", after_start: str = "") -> None:
        if tag and len(self._open) < MAX_DEPTH:
            self._put(f"<{tag}{attributes}>{after_start}")
        self._open.append((tag, after_end))

    def _close(self) -> None:
        tag, after_end = self._open.pop()
        if tag and len(self._open) < MAX_DEPTH:
            self._put(f"</{tag}>{after_end}")

    def _put(self, html: str) -> None:
        self._room -= len(html)
        if self._room < 0:
            raise TooMuch
        self._out.append(html)


def _named_value(value: Any) -> tuple[str, Any]:
    if isinstance(value, str):
        return value, None
    ((name, inner),) = value.items()
    return name, inner


def _attribute(name: str, value: str) -> str:
    return f' {name}="{escape(value)}"' if value else ""


def _shifted(text: str) -> str:
    """Return text as HTML, with what is raised, lowered or hidden in it."""
    html = escape(text, quote=False)
    for start, end, tag in SHIFTED:
        if start in html:
            html = _paired(html, start, end, tag)
    return marks.plain(html)


def _paired(html: str, start: str, end: str, tag: str) -> str:
    """Replace the marks by the tags where both stand in this text; alone they are what was written."""
    if html.count(start) == html.count(end):
        return html.replace(start, f"<{tag}>").replace(end, f"</{tag}>")
    return html.replace(start, marks.as_written(start)).replace(end, marks.as_written(end))


def _language_of(value: Any) -> str:
    """The attribute that names the language of a block of code: of `{"Fenced": "python"}`, but no indented one."""
    name = class_of(value["Fenced"]) if isinstance(value, dict) else ""
    return f' class="{name}"' if name else ""
