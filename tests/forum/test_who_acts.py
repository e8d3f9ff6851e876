"""What permissions and lists know of an account, by its row: a column is a fact, of members and of all authors."""

from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.author import Author
from service.forum.accounts.queries import author_of, viewer_of_account
from service.storage.clock import utcnow
from service.storage.tables import User
from service.storage.transaction import Database
from tests.forum.elsewhere import change
from tests.forum.making import member

DAY = timedelta(days=1)
# A column, what it is set to, and the facts that are others then: of an author, and those of a member besides.
COLUMNS: list[tuple[dict[str, Any], set[str], set[str]]] = [
    ({"bot": True}, {"bot"}, set()),
    ({"bot_override": True}, {"bot"}, set()),
    ({"ban_posts": True}, {"ban_posts"}, set()),
    ({"ban_comments": True}, {"ban_comments"}, set()),
    ({"indexable": False}, {"indexable"}, set()),
    ({"vote_privately": True}, {"vote_privately"}, set()),
    ({"title": "Ana of today"}, set(), {"title"}),
    ({"hide_nsfw": 0}, set(), {"hide_nsfw"}),
    ({"hide_nsfl": 0}, set(), {"hide_nsfl"}),
    ({"hide_gen_ai": 1}, set(), {"hide_gen_ai"}),
    ({"ignore_bots": 1}, set(), {"ignore_bots"}),
    ({"hide_read_posts": True}, set(), {"hide_read_posts"}),
    ({"hide_low_quality": True}, set(), {"hide_low_quality"}),
    ({"default_sort": "new"}, set(), {"default_sort"}),
    ({"default_filter": "local"}, set(), {"default_filter"}),
    ({"default_comment_sort": "new"}, set(), {"default_comment_sort"}),
    ({"timezone": "Europe/Berlin"}, set(), {"timezone"}),
    ({"interface_language": "de"}, set(), {"interface_language"}),
    ({"read_language_ids": [2]}, set(), {"read_language_ids"}),
    ({"feed_auto_follow": False}, set(), {"feed_auto_follow"}),
    ({"reply_collapse_threshold": -3}, set(), {"reply_collapse_threshold"}),
    ({"reply_hide_threshold": -5}, set(), {"reply_hide_threshold"}),
    ({"community_keyword_filter": "dogs"}, set(), {"community_keyword_filter"}),
    ({"unread_notifications": 4}, set(), {"unread_notifications"}),
    ({"unread_notifications": -4}, set(), set()),
    ({"last_seen": utcnow() - DAY}, set(), {"seen_long_ago"}),
]
NOW = {"last_seen": utcnow() + DAY}  # nobody notes that she is here
# Who is banned acts no more as a member, and is known as an author.
BANS: list[tuple[dict[str, Any], bool]] = [
    ({"banned": True}, True),
    ({"banned": True, "banned_until": utcnow() + DAY}, True),
    ({"banned": True, "banned_until": utcnow() - DAY}, False),
    ({"banned": False}, False),
]


async def test_each_column_is_one_fact(database: Database) -> None:
    ana = (await member(database, "ana")).id
    await change(database, User, User.id == ana, **NOW)
    async with database.read() as db:
        before = await _facts(db, ana)
        names = await db.execute(text('SELECT * FROM "user" WHERE id = :ana'), {"ana": ana})
        as_it_was = dict(names.mappings().one())
    for columns, of_author, of_viewer in COLUMNS:
        await change(database, User, User.id == ana, **columns)
        async with database.read() as db:
            now = await _facts(db, ana)
        assert _changed(before, now) == (of_author, of_author | of_viewer), columns
        await change(database, User, User.id == ana, **{name: as_it_was[name] for name in columns})


async def test_who_is_banned_is_no_member_and_an_author_who_may_nothing(database: Database) -> None:
    ana = (await member(database, "ana")).id
    for columns, banned in BANS:
        await change(database, User, User.id == ana, **{"banned_until": None} | columns)
        async with database.read() as db:
            author, viewer = await author_of(db, ana), await viewer_of_account(db, ana)
        assert author
        assert (author.banned, viewer is None) == (banned, banned), columns
    await change(database, User, User.id == ana, deleted=True)
    async with database.read() as db:
        assert await author_of(db, ana) is None
        assert await viewer_of_account(db, ana) is None


async def _facts(db: AsyncConnection, account_id: int) -> tuple[Author | None, Author | None]:
    return await author_of(db, account_id), await viewer_of_account(db, account_id)


def _changed(before: tuple[Any, ...], now: tuple[Any, ...]) -> tuple[set[str], ...]:
    """The names of the facts that are others now, of each of the two."""
    pairs = (
        (msgspec.structs.asdict(old), msgspec.structs.asdict(new))
        for old, new in zip(before, now, strict=True)
    )
    return tuple({name for name in old if old[name] != new[name]} for old, new in pairs)
