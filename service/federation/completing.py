"""Accounts, communities, feeds and the site that lack what makes an actor: PieFed gives some of it later, or never.

Keys take a tenth of a second to make: make them outside of the transaction.
"""

from typing import Any, Literal

from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.keys import KeyPair
from service.forum.accounts.rules import actor_url as person_url
from service.forum.communities.rules import actor_url as community_url
from service.forum.feeds.rules import actor_url as feed_url
from service.forum.site import SITE_ID
from service.storage.tables import Community, Feed, Site, User

Kind = Literal["person", "community", "feed"]


async def complete(
    session: AsyncSession, kind: Kind, id_: int, name: str, keys: KeyPair, *, domain: str
) -> None:
    """Give an actor of this site the keys and addresses that it lacks; what it has stays.

    Parameters:
        name: as it is written.
        keys: taken only if it has none.
        domain: this site's.
    """
    tables: dict[Kind, tuple[Any, str]] = {
        "person": (User, person_url(domain, name)),
        "community": (Community, community_url(domain, name)),
        "feed": (Feed, feed_url(domain, name)),
    }
    table, url = tables[kind]
    shown = f"https://{domain}/u/{name}" if kind == "person" else url
    await session.execute(
        update(table)
        .where(table.id == id_, table.ap_id.is_(None), func.coalesce(table.private_key, "") == "")
        .values(
            private_key=keys.private,
            public_key=keys.public,
            ap_profile_id=func.coalesce(table.ap_profile_id, url),
            ap_public_url=func.coalesce(table.ap_public_url, shown),
            ap_inbox_url=func.coalesce(table.ap_inbox_url, f"{url}/inbox"),
            ap_followers_url=func.coalesce(table.ap_followers_url, f"{shown}/followers"),
            ap_domain=func.coalesce(table.ap_domain, domain),
        )
    )


async def complete_site(session: AsyncSession, keys: KeyPair) -> None:
    """Give the site its keys, if it has none."""
    await session.execute(
        update(Site)
        .where(Site.id == SITE_ID, func.coalesce(Site.private_key, "") == "")
        .values(private_key=keys.private, public_key=keys.public)
    )
