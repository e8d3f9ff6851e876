"""A visitor as a browser without scripts makes one: follows links, fills forms in, keeps cookies."""

import re
from functools import cached_property
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

from quart.datastructures import FileStorage
from quart.typing import TestClientProtocol as Browser

from service.forum.accounts.viewer import Viewer
from service.storage.tables import Setting
from service.storage.transaction import Database
from tests.http.web_browser import sign_in
from tests.serving import held_by

PASSWORD = "correct horse battery"
TOKEN = re.compile(r'name="csrf_token"\s+value="([^"]+)"')


class _Taken(HTMLParser):
    """A page, taken apart."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


class Page:
    """An answer, taken apart once somebody looks into it: that costs more than to make it."""

    def __init__(self, status: int, html: str, headers: Any) -> None:
        self.status, self.html, self.headers = status, html, headers

    @cached_property
    def _taken(self) -> _Taken:
        return _Taken(self.html)

    @property
    def tags(self) -> list[tuple[str, dict[str, str]]]:
        """Every start tag with its attributes, in order."""
        return self._taken.tags

    @cached_property
    def text(self) -> str:
        """What stands between them."""
        return "".join(self._taken.texts)

    def named(self, name: str) -> dict[str, str]:
        """Return the attributes of the input or other control of that name."""
        return next(attributes for _, attributes in self.tags if attributes.get("name") == name)

    def with_id(self, name: str) -> dict[str, str]:
        """Return the attributes of the element with that id."""
        return next(attributes for _, attributes in self.tags if attributes.get("id") == name)

    def links(self, beginning: str) -> list[str]:
        """Return the addresses of links that begin so."""
        return [
            found["href"]
            for tag, found in self.tags
            if tag == "a" and found.get("href", "").startswith(beginning)
        ]

    @property
    def location(self) -> str:
        """Where the answer sends the browser."""
        return str(self.headers.get("Location", ""))


async def ask_no_letters(app: Any) -> None:
    """Let people register without reading letters in a picture."""
    setting = Setting(name="captcha_enabled", value="false")
    await held_by(app).database.write(lambda session: session.merge(setting))


class Visitor:
    """One browser."""

    def __init__(self, client: Browser) -> None:
        self.client = client
        self.token = ""

    async def get(self, path: str, **headers: str) -> Page:
        """Open a page, and remember the token of its forms."""
        response = await self.client.get(path, headers=headers)
        page = Page(response.status_code, await response.get_data(as_text=True), response.headers)
        if tokens := TOKEN.findall(page.html):
            self.token = tokens[-1]
        return page

    async def send(
        self,
        path: str,
        *,
        token: str | None = None,
        image: bytes | None = None,
        field: str = "image",
        htmx: bool = False,
        **fields: Any,
    ) -> Page:
        """Send a form with the token of the last page that had one.

        Parameters:
            token: instead of that one.
            image: a file.
            field: the name of the file's input.
            htmx: send it the way htmx does.
            fields: what was filled in.
        """
        form = {"csrf_token": self.token if token is None else token} | fields
        files = None if image is None else {field: FileStorage(BytesIO(image), "photo.jpg")}
        headers = {"HX-Request": "true"} if htmx else {}
        response = await self.client.post(path, form=form, files=files, headers=headers)
        return Page(response.status_code, await response.get_data(as_text=True), response.headers)

    async def send_parts(self, path: str, *parts: tuple[str, str | bytes]) -> Page:
        """Send a form that has several fields of a name: texts, and files as bytes, empty where none was chosen."""
        boundary = "some-boundary"
        pieces = []
        for name, value in (("csrf_token", self.token), *parts):
            is_file = isinstance(value, bytes)
            data = value if isinstance(value, bytes) else value.encode()
            file = f'; filename="{"photo.jpg" if data else ""}"' if is_file else ""
            head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
            pieces.append(head.encode() + data + b"\r\n")
        body = b"".join(pieces) + f"--{boundary}--\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        response = await self.client.post(path, data=body, headers=kind)
        return Page(response.status_code, await response.get_data(as_text=True), response.headers)

    async def follow(self, page: Page) -> Page:
        """Go where an answer leads, and see that it led somewhere."""
        assert page.status == 303, page.text
        return await self.get(page.location.partition("#")[0])

    async def register(self, name: str) -> "Visitor":
        """Get an account and be signed in, on a site that asks for no letters."""
        await ask_no_letters(self.client.app)
        await self.get("/auth/register")
        page = await self.send(
            "/auth/register", name=name, email=f"{name}@mail.example", password=PASSWORD, password2=PASSWORD
        )
        await self.follow(page)
        return self

    async def arrive(self, database: Database, member: Viewer) -> "Visitor":
        """Be signed in as a member, without the pages for it."""
        await sign_in(self.client, database, member)
        await self.get("/community/add_local")  # has a form with a token
        return self

    async def create_community(self, name: str, **fields: Any) -> str:
        """Make a community; return its path."""
        page = await self.send("/community/add_local", name=name, **({"title": name.title()} | fields))
        assert page.status == 303, page.text
        return page.location

    async def publish(self, community: str, title: str, *, kind: str = "text", **more: Any) -> str:
        """Publish a post; return its path."""
        page = await self.send(f"/community/{community}/submit", kind=kind, title=title, **more)
        assert page.status == 303, page.text
        return page.location
