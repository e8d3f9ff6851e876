"""Of what there may be how many: each number, and an operation that wants one more than it allows when it is 1."""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts import operations as accounts
from service.forum.accounts.operations import FilterChange, filters, sessions
from service.forum.comments import operations as comments
from service.forum.comments import rules as comment_rules
from service.forum.feeds import operations as feeds
from service.forum.feeds.operations import FeedChanges, making
from service.forum.flairs import operations as flairs
from service.forum.flairs import rules as flair_rules
from service.forum.flairs.operations import NewFlair
from service.forum.notifications import events
from service.forum.pages import operations as pages
from service.forum.pages import rules as page_rules
from service.forum.posts import operations as posts
from service.forum.posts.operations import reading
from service.forum.wiki import operations as wiki
from service.forum.wiki import rules as wiki_rules
from service.forum.wiki.operations import PageText
from tests.forum.making import DOMAIN
from tests.forum.refused import answer
from tests.forum.stated.place import Place, Step


@dataclass(frozen=True)
class Limited:
    """A number.

    Attributes:
        place, name: where it is written.
        word: how one more is refused.
        step: what wants one more than 1.
    """

    place: ModuleType
    name: str
    word: str
    step: Step


MORE = PageText(title="More", slug="more", body="More rules")
LIMITED: dict[str, Limited] = {
    "pages of a wiki": Limited(
        wiki_rules, "PAGES_MAX", "invalid:title", lambda s, p: wiki.add(s, p.ana, p.cats, MORE, domain=DOMAIN)
    ),
    "pages of the site": Limited(
        page_rules,
        "PAGES_MAX",
        "invalid:title",
        lambda s, p: pages.save(s, p.power, None, title="Terms", url="/terms", body="Be kind", domain=DOMAIN),
    ),
    "flairs of a community": Limited(
        flair_rules,
        "FLAIRS_MAX",
        "invalid:flair_title",
        lambda s, p: flairs.create(s, p.ana, NewFlair(community_id=p.cats, title="Tom"), domain=DOMAIN),
    ),
    "communities of a feed": Limited(
        making,
        "COMMUNITIES_MAX",
        "invalid:communities",
        lambda s, p: feeds.edit(s, p.ana, p.feed, FeedChanges(communities="cats\ndogs"), domain=DOMAIN),
    ),
    "comments below each other": Limited(
        comment_rules, "DEPTH_MAX", "invalid:parent_id", answer("ana", parent="bens_comment")
    ),
    "filters of somebody": Limited(
        filters,
        "FILTERS_MAX",
        "invalid:title",
        lambda s, p: accounts.add_filter(s, p.ben, FilterChange(title="Cats", keywords="cats")),
    ),
    "posts that are marked at once": Limited(
        reading,
        "_MARK_READ_MAX",
        "invalid:post_ids",
        lambda s, p: posts.mark_read(s, p.ben, [p.post, p.bens_post], read=True),
    ),
}


async def told_of_two_names(session: AsyncSession, place: Place) -> int:
    """How many hear of a comment that names two."""
    names = "@ana@pie.example @eva@pie.example"
    await comments.edit(session, place.ben, place.bens_comment, names, domain=DOMAIN)
    return len(await events.about_edited_comment(session, place.bens_comment, domain=DOMAIN))


async def browsers(session: AsyncSession, place: Place) -> int:
    """How many browsers are signed in after two have come in, beside two apps."""
    for number, app in enumerate((False, True, False, True)):
        hashed = bytes([number]) * 32
        await accounts.start_session(session, place.ben.id, hashed, checked_hash="scrypt:none", app=app)
    of_browsers = "SELECT count(*) FROM pieloop.session WHERE user_id = :id AND expires_at < '9999-01-01'"
    return int(await session.scalar(text(of_browsers), {"id": place.ben.id}))


# What is left out, or forgotten, is not refused: a number, and how many there are.
KEPT: dict[str, tuple[ModuleType, str, Callable[[AsyncSession, Place], Any]]] = {
    "mentions that are told": (events, "MENTIONS_AT_MOST", told_of_two_names),
    "browsers that are signed in": (sessions, "SESSIONS_KEPT", browsers),
}
