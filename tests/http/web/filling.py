"""A form as a browser without scripts reads and sends it: https://html.spec.whatwg.org/#constructing-the-form-data-set."""

from html.parser import HTMLParser
from typing import Any

from tests.http.web.visitor import Page, Visitor

UNSENT = {"file", "submit", "button", "reset", "image"}


class Control:
    """What sends one value: an input, a text area or a select."""

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag, self.attributes = tag, attributes
        self.text = ""
        self.options: list[tuple[str, bool]] = []

    @property
    def values(self) -> list[str]:
        """What is sent while nobody touches it."""
        if self.tag == "textarea":
            return [self.text.removeprefix("\n").replace("\n", "\r\n")]
        if self.tag == "select":
            chosen = [value for value, is_selected in self.options if is_selected]
            return chosen[-1:] or [value for value, _ in self.options[:1]]
        kind = self.attributes.get("type", "text")
        if kind in UNSENT or (kind in {"checkbox", "radio"} and "checked" not in self.attributes):
            return []
        return [self.attributes.get("value", "on" if kind == "checkbox" else "")]

    @property
    def is_refused(self) -> bool:
        """Whether a browser would not send the form with it as it is."""
        kind = self.attributes.get("type")
        return "required" in self.attributes and kind not in {"checkbox", "radio"} and not any(self.values)


class Form(HTMLParser):
    """The form of a page that is sent to an address.

    Attributes:
        controls: By name, in their order.
    """

    def __init__(self, page: Page, action: str) -> None:
        super().__init__()
        self.action = action
        self.controls: list[tuple[str, Control]] = []
        self._inside = self._found = False
        self._open: Control | None = None
        self.feed(page.html.replace("\r\n", "\n").replace("\r", "\n"))
        assert self._found, f"no form to {action}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = attributes.get("action") == self.action
            self._found |= self._inside
        if not self._inside:
            return
        if tag == "option" and self._open:
            self._open.options.append((attributes.get("value", ""), "selected" in attributes))
        if tag in {"input", "select", "textarea"} and attributes.get("name"):
            self._open = Control(tag, attributes)
            self.controls.append((attributes["name"], self._open))

    def handle_data(self, data: str) -> None:
        if self._inside and self._open and self._open.tag == "textarea":
            self._open.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag in {"textarea", "select"}:
            self._open = None
        if tag == "form":
            self._inside = False

    def value(self, name: str) -> str | None:
        """Return what is sent of a name; None where nothing is."""
        return next((value for found, one in self.controls if found == name for value in one.values), None)

    def options(self, name: str) -> list[str]:
        """Return the values that can be chosen of a name."""
        return [
            value
            for found, one in self.controls
            if found == name
            for value in ([value for value, _ in one.options] or [one.attributes.get("value", "")])
        ]

    async def send(self, visitor: Visitor, **changed: str) -> Page:
        """Send it as it stands, but for what is changed."""
        refused = [name for name, one in self.controls if one.is_refused and name not in changed]
        assert not refused, f"{self.action}: a browser asks for {refused} first"
        fields: dict[str, Any] = {name: one.values[-1] for name, one in self.controls if one.values}
        return await visitor.send(self.action, **fields | changed)


async def form_of(visitor: Visitor, path: str, action: str) -> Form:
    """Open a page and return its form that is sent to an address."""
    page = await visitor.get(path)
    assert page.status == 200, page.text
    return Form(page, action)
