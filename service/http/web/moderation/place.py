"""The community that somebody moderates, its pages' common head, and the people who are named on them."""

from typing import Any
from urllib.parse import quote

import msgspec

from service.forum.accounts import queries as accounts
from service.forum.accounts.rules import NAME_LENGTH
from service.forum.accounts.shapes import AuthorRow
from service.forum.accounts.viewer import Viewer, signed_in
from service.forum.communities.shapes import CommunityDetail
from service.forum.errors import Forbidden, Invalid, NotFound
from service.forum.instances.hosts import LENGTH as HOST_LENGTH
from service.http.context import current_viewer, resources
from service.http.web.communities import address_of, find, moderates
from service.http.web.frame.fields import Line
from service.http.web.frame.helpers import handle
from service.http.web.frame.listing import Link
from service.language import _

NOBODY = _("There's no one with this name here.")


class Section(msgspec.Struct, frozen=True):
    """A page of those who moderate a community; `here_only` where only its own site can do it."""

    path: str
    words: str
    here_only: bool = False


SECTIONS = (
    Section("", _("Reports")),
    Section("/bans", _("Bans")),
    Section("/subscribers", _("Members")),
    Section("/moderators", _("Moderators")),
    Section("/flair", _("Flair"), here_only=True),
    Section("/wiki", _("Wiki"), here_only=True),
    Section("/modlog", _("Moderation log")),
)


class Place(msgspec.Struct, frozen=True):
    """A community that the viewer moderates."""

    viewer: Viewer
    detail: CommunityDetail

    @property
    def id(self) -> int:
        """The community's id."""
        return self.detail.community.id

    @property
    def path(self) -> str:
        """The beginning of the addresses of its forms and pages."""
        return f"/community/{quote(handle(self.detail.community), safe='@.-_')}"

    def to(self, section: str = "") -> str:
        """Return the address of a page of those who moderate it."""
        return f"{self.path}/moderate{section}"

    @property
    def owns(self) -> bool:
        """Whether the viewer may do what its owner may."""
        return self.detail.mine.owner or self.viewer.runs_the_site


async def moderated_place(name: str) -> Place:
    """Return a community of that name.

    Raises:
        NotSignedIn, NotFound: as the viewer may see it.
        Forbidden: the viewer does not moderate it.
    """
    viewer = signed_in(current_viewer())
    detail = await find(name)
    if not moderates(viewer, detail):
        raise Forbidden
    return Place(viewer, detail)


async def place_here(name: str) -> Place:
    """Return a community of this site that the viewer moderates; raises as `moderated_place`."""
    place = await moderated_place(name)
    if not place.detail.community.local:
        raise NotFound(_("This community doesn't exist here."))
    return place


def head_of(place: Place, section: str) -> dict[str, Any]:
    """Return what the pages of a community's moderators have in common, for their template.

    Parameters:
        section: the path of the one that is shown.
    """
    local = place.detail.community.local
    return {
        "here": "communities",
        "place": place,
        "detail": place.detail,
        "community": place.detail.community,
        "address": address_of(place.detail),
        "sections": [
            Link(place.to(one.path), one.words, one.path == section)
            for one in SECTIONS
            if local or not one.here_only
        ],
    }


HANDLE_LENGTH = NAME_LENGTH[1] + HOST_LENGTH + 2

PERSON = Line(
    "person",
    _("Person"),
    _("The name, followed by @ and the server for someone on another server."),
    required=True,
    most=HANDLE_LENGTH,
)


async def person_named(name: str, field: str = "person") -> AuthorRow:
    """Return whom somebody means who types a name, with or without a host; Invalid for nobody known here."""
    async with resources().database.read() as db:
        try:
            found = await accounts.profile_by_name(
                db, current_viewer(), name, domain=resources().config.site.domain
            )
        except NotFound:
            raise Invalid({field: NOBODY}) from None
    return found.person
