"""The site as the API shows it."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

from service.forum.instances.shapes import InstanceRow
from service.forum.site import LanguageRow, SiteRow
from service.http.api import words
from service.http.api.shapes.values import address, moment, without_missing

# Our own sign, as a kind of picture that apps can draw; files of the design are served whatever version is asked for.
DEFAULT_ICON = "/static/images/icon.png"


class LanguageView(TypedDict):
    """A language."""

    id: int
    code: str
    name: str


class Site(TypedDict):
    """The site."""

    actor_id: str
    name: str
    icon: str | None
    all_languages: list[LanguageView]
    enable_downvotes: bool
    registration_mode: words.RegistrationMode
    user_count: int
    description: NotRequired[str]
    sidebar: NotRequired[str]
    sidebar_md: NotRequired[str]
    announcement: NotRequired[str]
    announcement_md: NotRequired[str]


class Instance(TypedDict):
    """A server that this one knows."""

    id: int
    domain: str
    published: str
    updated: str
    software: NotRequired[str]
    version: NotRequired[str]


def site_shape(origin: str, row: SiteRow, languages: Sequence[LanguageRow], users: int) -> Site:
    """Return a Site.

    Parameters:
        origin: the site's own, put before relative addresses.
        row: the site.
        languages: all that it knows.
        users: how many accounts it has.
    """
    shape: Site = {
        "actor_id": f"{origin}/",
        "name": row.name,
        "icon": address(origin, row.icon_url or DEFAULT_ICON),
        "all_languages": [language_view(row) for row in sorted(languages, key=lambda row: row.id)],
        "enable_downvotes": row.enable_downvotes,
        "registration_mode": row.registration_mode.word,
        "user_count": users,
    }
    return without_missing(
        shape,
        description=row.description or None,
        sidebar=row.sidebar_html or None,
        sidebar_md=row.sidebar or None,
        announcement=row.announcement_html or None,
        announcement_md=row.announcement or None,
    )


def language_view(row: LanguageRow) -> LanguageView:
    """Return a LanguageView."""
    return {"id": row.id, "code": row.code, "name": row.name}


def instance_view(row: InstanceRow) -> Instance:
    """Return an Instance."""
    shape: Instance = {
        "id": row.id,
        "domain": row.domain,
        "published": moment(row.created_at),
        "updated": moment(row.updated_at),
    }
    return without_missing(shape, software=row.software or None, version=row.version or None)
