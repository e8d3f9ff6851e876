"""A community beside something else: pieces of the statements of every noun."""

from typing import Any

from sqlalchemy import ColumnElement, func, or_

from service.forum.accounts.author import LOCAL_INSTANCE
from service.forum.attachments.columns import address_read
from service.forum.communities.shapes import CommunityRow
from service.storage.rows import Loader, or_empty, or_false
from service.storage.tables import Community


def community_loader(icon: Any) -> Loader[CommunityRow]:
    """A community beside something else; `icon` is outer-joined on `Community.icon_id`."""
    return Loader(
        CommunityRow,
        {
            "title": or_empty(func.nullif(Community.title, ""), Community.name),
            "icon_url": address_read(icon),
            "actor_id": or_empty(Community.ap_public_url, Community.ap_profile_id),
            "local": Community.is_local,
            "domain": Community.ap_domain,
            "instance_id": func.coalesce(Community.instance_id, LOCAL_INSTANCE),
            "deleted": or_false(Community.banned),
            "hidden": Community.show_all.is_(False),
            "local_only": keeps_to_site(),
        },
        Community,
    )


def keeps_to_site() -> ColumnElement[bool]:
    """SQL: a community is for people of this site only, as each private one is whatever an old row says."""
    return or_(Community.local_only.is_(True), Community.private.is_(True))
