"""The site as the API shows it."""

from collections.abc import Sequence

from service.forum.instances import InstanceRow
from service.forum.site import LanguageRow, SiteRow
from service.http.api.shapes.values import Shape, address, moment, without_missing


def site_shape(origin: str, row: SiteRow, languages: Sequence[LanguageRow], users: int) -> Shape:
    """Return a Site.

    Parameters:
        origin: the site's own, put before relative addresses.
        row: the site.
        languages: all that it knows.
        users: how many accounts it has.
    """
    return without_missing(
        {
            "actor_id": f"{origin}/",
            "name": row.name,
            "icon": address(origin, row.icon_url),
            "all_languages": [language_view(language) for language in languages],
            "enable_downvotes": row.enable_downvotes,
            "registration_mode": row.registration_mode,
            "user_count": users,
        },
        description=row.description or None,
        sidebar=row.sidebar_html or None,
        sidebar_md=row.sidebar or None,
    )


def language_view(row: LanguageRow) -> Shape:
    """Return a LanguageView."""
    return {"id": row.id, "code": row.code, "name": row.name}


def instance_view(row: InstanceRow) -> Shape:
    """Return an InstanceWithoutFederationState."""
    return {
        "id": row.id,
        "domain": row.domain,
        "software": row.software,
        "version": row.version,
        "published": moment(row.created_at),
        "updated": moment(row.updated_at),
    }
