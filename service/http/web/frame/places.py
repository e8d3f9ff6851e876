"""Where somebody goes often: what stands in the column beside their pages."""

from typing import Any, cast

import msgspec
from markupsafe import Markup
from quart import g


class Place(msgspec.Struct, frozen=True):
    """A community or a feed; `path` is where its page is."""

    title: str
    path: str
    icon_url: str | None

    @property
    def name(self) -> str:
        """What its letter is taken from, where it has no icon."""
        return self.title


class OwnPlaces(msgspec.Struct):
    """The places of one member.

    Attributes:
        made: What a template made of them, by all that it depends on: it is the same on each of their pages.
    """

    communities: list[Place]
    feeds: list[Place]
    made: dict[Any, Markup] = {}


def own_places() -> OwnPlaces | None:
    """Return the viewer's places; None for strangers, and where no page was expected."""
    return cast("OwnPlaces | None", g.get("own"))


def with_current(html: Markup, path: str) -> Markup:
    """Say of the link to the page itself that it is the current one."""
    link = Markup('href="{}"').format(path)
    return html.replace(link, link + Markup(' aria-current="page"'), 1)
