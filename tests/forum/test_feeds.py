"""Feeds against a real database: order, pages without gaps, what each viewer may see, the plan."""

import functools
import operator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import event, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import votes
from service.forum.accounts.viewer import Viewer
from service.forum.communities import operations as communities
from service.forum.errors import Invalid
from service.forum.feeds.choices import Listing, NsfwFilter, Sort
from service.forum.feeds.queries import page_of_posts
from service.forum.feeds.rules import PostSelection
from service.forum.posts import operations as posts
from service.forum.posts.operations import NewPost
from service.storage.clock import utcnow
from service.storage.tables import Community, DomainBlock, InstanceBlock, Post, UserBlock
from service.storage.transaction import Database
from tests.forum.making import DOMAIN, community, member


async def ids(
    database: Database,
    viewer: Viewer | None,
    feed: PostSelection | None = None,
    sort: Sort = Sort.NEW,
    **how: Any,
) -> list[int]:
    async with database.read() as db:
        page = await page_of_posts(db, viewer, feed or PostSelection(), sort, **how)
    return [post.id for post in page.posts]


async def publish(database: Database, author: Viewer, community_id: int, title: str, **fields: Any) -> int:
    new = NewPost(community_id=community_id, title=title, **fields)
    return (await database.write(posts.publish, author, new, domain=DOMAIN)).post_id


async def run(database: Database, *statements: Any) -> None:
    async def work(session: AsyncSession) -> None:
        for statement in statements:
            await session.execute(statement)

    await database.write(work)


async def add(database: Database, row: Any) -> None:
    async def work(session: AsyncSession) -> None:
        session.add(row)

    await database.write(work)


def of(post_id: int, **values: Any) -> Any:
    return update(Post).where(Post.id == post_id).values(**values)


@pytest.fixture
async def ana(database: Database) -> Viewer:
    return await member(database, "ana")


@pytest.fixture
async def cats(database: Database, ana: Viewer) -> int:
    return await community(database, ana)


@pytest.fixture
async def seven(database: Database, ana: Viewer, cats: int) -> list[int]:
    """Seven posts with ties in every sort key, one with none of them, three pinned: more than a page has."""
    made = [await publish(database, ana, cats, f"Post {number}") for number in range(7)]
    now = utcnow().replace(microsecond=0)
    for at, post_id in enumerate(made):
        at_time = now - timedelta(minutes=at // 2)
        keys = {
            "posted_at": at_time,
            "last_active": at_time,
            "ranking": 5 - at // 3,
            "ranking_scaled": 6 - at // 3,
        }
        await run(database, of(post_id, **keys, up_votes=3 - at // 3, created_at=at_time))
    nothing = {
        "ranking": None,
        "ranking_scaled": None,
        "posted_at": None,
        "last_active": None,
        "up_votes": None,
    }
    pinned = [of(made[at], instance_sticky=True, sticky=True) for at in (1, 4, 5)]
    await run(database, of(made[2], **nothing), *pinned)
    return made


@pytest.mark.parametrize(
    "feed",
    [PostSelection(), PostSelection(community_id=1), PostSelection(listing=Listing.LOCAL, pinned=False)],
)
async def test_pages_hold_every_post_once(database: Database, seven: list[int], feed: PostSelection) -> None:
    for sort in Sort:
        whole = await ids(database, None, feed, sort, limit=50)
        # The third has none of the keys that lists are sorted by, and is among them all the same.
        assert set(whole) == set(seven), sort
        assert sort.window or whole[-1] == seven[2], sort
        assert await _by_cursor(database, feed, sort) == whole, sort
        by_number = [await ids(database, None, feed, sort, limit=2, page=number) for number in range(1, 6)]
        assert functools.reduce(operator.iadd, by_number, []) == whole, sort


async def _by_cursor(database: Database, feed: PostSelection, sort: Sort) -> list[int]:
    found: list[int] = []
    cursor: str | None = None
    while True:
        async with database.read() as db:
            page = await page_of_posts(db, None, feed, sort, limit=2, cursor=cursor)
        found += [post.id for post in page.posts]
        assert page.has_more == (page.next_cursor is not None)
        if (cursor := page.next_cursor) is None:
            return found


async def test_the_sorts_order(database: Database, ana: Viewer, cats: int) -> None:
    first, second, third = [await publish(database, ana, cats, f"Post {number}") for number in range(3)]
    ben = await member(database, "ben")
    await database.write(votes.vote_on_post, ben, second, 1)
    day = timedelta(days=1)
    await run(
        database,
        of(first, posted_at=utcnow() - day * 3, ranking=9, ranking_scaled=9, last_active=utcnow() + day),
        of(second, posted_at=utcnow() - day * 2, ranking=1, ranking_scaled=20, last_active=utcnow() - day),
        of(third, ranking=5, ranking_scaled=5),
    )
    assert await ids(database, None, sort=Sort.HOT) == [first, third, second]
    assert await ids(database, None, sort=Sort.SCALED) == [second, first, third]
    assert await ids(database, None, sort=Sort.NEW) == [third, second, first]
    assert await ids(database, None, sort=Sort.OLD) == [first, second, third]
    assert await ids(database, None, sort=Sort.ACTIVE) == [first, third, second]
    assert await ids(database, None, sort=Sort.TOP_ALL) == [second, third, first]
    assert await ids(database, None, sort=Sort.TOP_DAY) == [third]
    await run(database, of(second, instance_sticky=True), of(first, sticky=True))
    assert await ids(database, None, sort=Sort.HOT) == [second, first, third]
    assert await ids(database, None, PostSelection(community_id=cats), Sort.NEW) == [first, third, second]
    assert await ids(database, None, PostSelection(community_id=cats, pinned=False), Sort.NEW) == [
        third,
        second,
        first,
    ]


async def test_what_is_not_for_everybody(database: Database, ana: Viewer, cats: int) -> None:
    shown = await publish(database, ana, cats, "Shown")
    deleted = await publish(database, ana, cats, "Deleted")
    await database.write(posts.set_deleted, ana, deleted, deleted=True)
    draft = await publish(database, ana, cats, "Draft")
    nsfw = await publish(database, ana, cats, "Not for work [NSFW]")
    secret = await publish(database, ana, await community(database, ana, "secret", private=True), "Secret")
    unlisted = await community(database, ana, "unlisted")
    aside = await publish(database, ana, unlisted, "Aside")
    hide_all = update(Community).where(Community.id == unlisted).values(show_all=False, show_popular=False)
    await run(database, of(draft, status=0), hide_all)
    ben = await member(database, "ben")
    assert await ids(database, None) == [shown]
    assert await ids(database, ben, PostSelection(nsfw=NsfwFilter.INCLUDE)) == [nsfw, shown]
    assert await ids(database, ben, PostSelection(nsfw=NsfwFilter.ONLY)) == [nsfw]
    assert await ids(database, None, PostSelection(nsfw=NsfwFilter.INCLUDE)) == [shown]
    assert await ids(database, None, PostSelection(nsfw=NsfwFilter.ONLY)) == []
    assert await ids(database, None, PostSelection(community_id=unlisted)) == [aside]
    assert await ids(database, msgspec.structs.replace(ben, hide_nsfw=0)) == [nsfw, shown]
    assert await ids(database, msgspec.structs.replace(ana, hide_nsfw=1)) == [secret, shown]
    assert await ids(database, ben, PostSelection(listing=Listing.SUBSCRIBED)) == []
    await database.write(communities.join, ben, cats)
    assert await ids(
        database, msgspec.structs.replace(ben, hide_nsfw=1), PostSelection(listing=Listing.SUBSCRIBED)
    ) == [shown]
    assert await ids(database, None, PostSelection(listing=Listing.POPULAR)) == [shown]
    assert await ids(database, None, PostSelection(listing=Listing.SUBSCRIBED)) == []


async def test_what_a_viewer_does_not_want_to_see(database: Database, ana: Viewer, cats: int) -> None:
    ben, cleo = await member(database, "ben"), await member(database, "cleo")
    dogs = await community(database, ben, "dogs")
    here = await publish(database, ben, cats, "By ben")
    there = await publish(database, ana, dogs, "In dogs", url="https://site.example/x")
    kept = await publish(database, ana, cats, "Kept")
    assert await ids(database, cleo) == [kept, there, here]
    await add(database, UserBlock(blocker_id=cleo.id, blocked_id=ben.id))
    assert await ids(database, cleo) == [kept, there]
    assert await ids(database, cleo, PostSelection(person_id=ben.id)) == [here]
    await database.write(posts.set_hidden, cleo, kept, hidden=True)
    assert await ids(database, cleo) == [there]
    for words, seen in (("100%, dog", []), ("zzz," * 19 + "Dog", []), ("zzz," * 20 + "dog", [there])):
        filtered = msgspec.structs.replace(cleo, community_keyword_filter=words)
        assert await ids(database, filtered) == seen, "twenty words count"
    async with database.read() as db:
        domain_id = (await page_of_posts(db, cleo, PostSelection(), Sort.NEW)).posts[0].domain_id
    await add(database, DomainBlock(user_id=cleo.id, domain_id=domain_id))
    assert await ids(database, cleo) == []
    dora = await member(database, "dora")
    await database.write(communities.set_blocked, dora, dogs, blocked=True)
    assert await ids(database, dora) == [kept, here]
    await database.write(posts.mark_read, dora, [kept])
    assert await ids(database, msgspec.structs.replace(dora, hide_read_posts=True)) == [here]
    assert await ids(
        database, msgspec.structs.replace(dora, hide_read_posts=True), PostSelection(person_id=ana.id)
    ) == [kept]
    await run(database, of(kept, language_id=2), of(here, language_id=3))
    assert await ids(database, msgspec.structs.replace(dora, read_language_ids=(2,))) == [kept]
    await add(database, InstanceBlock(user_id=dora.id, instance_id=1))
    assert await ids(database, dora) == []


async def test_what_is_of_low_quality_is_left_out_but_where_it_is_sought(
    database: Database, ana: Viewer, cats: int
) -> None:
    cleo = await member(database, "cleo")
    post = await publish(database, ana, cats, "One of many")
    await run(database, update(Community).values(low_quality=True))
    picky = msgspec.structs.replace(cleo, hide_low_quality=True)
    assert await ids(database, cleo) == [post]
    assert await ids(database, picky) == []
    assert await ids(database, picky, PostSelection(community_id=cats)) == [post]
    assert await ids(database, picky, PostSelection(person_id=ana.id)) == [post]


async def test_saved_liked_and_found(database: Database, ana: Viewer, cats: int) -> None:
    ben = await member(database, "ben")
    first = await publish(database, ana, cats, "A walrus sings", body="of cabbages")
    second = await publish(database, ana, cats, "Something else")
    await database.write(posts.set_saved, ben, second, saved=True)
    await database.write(votes.vote_on_post, ben, first, 1)
    assert await ids(database, ben, PostSelection(saved=True)) == [second]
    assert await ids(database, ben, PostSelection(liked=True)) == [first]
    assert await ids(database, None, PostSelection(saved=True)) == []
    assert await ids(database, None, PostSelection(search="walrus")) == [first]
    assert await ids(database, None, PostSelection(search="cabbage -walrus")) == []
    assert await ids(database, None, PostSelection(search='"); DROP TABLE post; --')) == []


async def test_the_overlay_is_the_viewers_own(database: Database, ana: Viewer, cats: int) -> None:
    ben = await member(database, "ben")
    await publish(database, ana, cats, "Something")
    async with database.read() as db:
        [for_ana] = (await page_of_posts(db, ana, PostSelection(), Sort.HOT)).posts
        [for_ben] = (await page_of_posts(db, ben, PostSelection(), Sort.HOT)).posts
        [for_nobody] = (await page_of_posts(db, None, PostSelection(), Sort.HOT)).posts
    assert (for_ana.mine.vote, for_ana.mine.moderates, for_ana.author_is_moderator) == (1, True, True)
    assert (for_ben.mine.vote, for_ben.mine.subscribed) == (0, False)
    assert for_nobody.mine == for_ben.mine


async def test_deep_page_numbers_end(database: Database, ana: Viewer, cats: int) -> None:
    await publish(database, ana, cats, "Something")
    assert await ids(database, None, page=10**9) == []
    assert await ids(database, None, page=-3) != []
    with pytest.raises(Invalid):
        await ids(database, None, cursor="nonsense")


async def test_the_front_page_walks_the_index(database: Database, ana: Viewer, cats: int) -> None:
    await run(
        database,
        text(
            "INSERT INTO post (user_id, community_id, title, status, deleted, instance_sticky, ranking, ranking_scaled,"
            " posted_at, last_active, instance_id, nsfw, nsfl)"
            " SELECT :author, :community, 'Post ' || n, 1, false, false,"
            " n / 50, n / 50, timestamp '2026-01-01' + n * interval '1 minute', now(), 1, false, false"
            " FROM generate_series(1, 5000) n"
        ).bindparams(author=ana.id, community=cats),
        text("ANALYZE post"),
    )
    ben = await member(database, "ben")
    wanted = {Sort.HOT: "ix_post_feed_hot", Sort.NEW: "ix_post_feed_new", Sort.SCALED: "ix_post_feed_scaled"}
    for viewer in (None, ben):
        for sort, index in wanted.items():
            assert index in await _plan(database, viewer, sort)


async def _plan(database: Database, viewer: Viewer | None, sort: Sort) -> str:
    """The plan of the statement that the feed sends, by asking for EXPLAIN in its place."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        seen.append((statement, tuple(parameters)))

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        await ids(database, viewer, PostSelection(), sort)
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)
    statement, parameters = seen[0]
    async with database.read() as db:
        rows = await db.exec_driver_sql(f"EXPLAIN {statement}", parameters)
        return "\n".join(row[0] for row in rows)
