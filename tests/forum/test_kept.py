"""What communities do not keep goes, who read what is forgotten, and links that somebody watches are told of."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import policies, site
from service.forum.communities import operations as communities
from service.forum.communities.operations import NewCommunity
from service.forum.communities.queries import head_by_id
from service.forum.errors import Invalid
from service.forum.notifications.events import consume
from service.forum.posts import operations as posts
from service.forum.posts.operations import NewPost
from service.forum.posts.operations.retention import delete_unkept, forget_reading
from service.forum.posts.queries import link_warning
from service.storage.clock import utcnow
from service.storage.tables import Community, Domain, File, Notification, Post, ReadPost, UserFile
from service.storage.transaction import Database
from tests.forum import making
from tests.forum.making import DOMAIN, KEYS

NOW = utcnow()


async def run(session: AsyncSession, statement: Any) -> None:
    await session.execute(statement)


async def test_a_community_keeps_its_posts_as_long_as_it_says(database: Database) -> None:
    ana = await making.member(database, "ana")
    ages: dict[str, tuple[int | None, dict[str, Any]]] = {
        "old": (10, {"posted_at": NOW - timedelta(days=11)}),
        "young": (10, {"posted_at": NOW - timedelta(days=9)}),
        "pinned": (10, {"posted_at": NOW - timedelta(days=11), "sticky": True}),
        "for_ever": (-1, {"posted_at": NOW - timedelta(days=11)}),
        "unsaid": (None, {"posted_at": NOW - timedelta(days=11)}),
        "timeless": (10, {"posted_at": None}),
    }
    ids = {}
    for name, (days, values) in ages.items():
        place = await making.community(database, ana, name)
        (ids[name],) = await making.posts(database, ana, place, 1)

        statements = (
            update(Community).where(Community.id == place).values(content_retention=days),
            update(Post).where(Post.id == ids[name]).values(**values),
        )
        for statement in statements:
            await database.write(run, statement)
    assert await database.write(delete_unkept) == 1
    assert await database.write(delete_unkept) == 0
    async with database.read() as db:
        gone = (await db.execute(select(Post.id, Post.deleted_by).where(Post.deleted.is_(True)))).all()
    assert [tuple(row) for row in gone] == [(ids["old"], 1)]


async def test_who_read_what_is_known_for_a_while(database: Database) -> None:
    boss, ana = await making.administrator(database), await making.member(database, "ana")
    place = await making.community(database, ana)
    ids = await making.posts(database, ana, place, 3)
    ages = zip(ids, (181, 179, 8), strict=True)
    await making.add(
        database,
        *(
            ReadPost(user_id=ana.id, read_post_id=id_, interacted_at=NOW - timedelta(days=days))
            for id_, days in ages
        ),
    )
    for cutoff, gone in ((0, 0), (180, 1), (7, 2)):
        await database.write(policies.change, boss, {"read_posts_cutoff": cutoff}, domain=DOMAIN)
        assert await database.write(forget_reading) == gone, cutoff


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ({}, set()),
        ({"notify_mods": True}, {"ana"}),
        ({"notify_admins": True}, {"admin"}),
        ({"notify_mods": True, "notify_admins": True}, {"ana", "admin"}),
    ],
)
async def test_links_to_watched_websites_are_told_of(
    database: Database, flags: dict[str, bool], told: set[str]
) -> None:
    boss, ana = await making.administrator(database), await making.member(database, "ana")
    bob = await making.member(database, "bob")
    place = await making.community(database, ana)
    await making.add(database, Domain(name="odd.example", post_warning="Often made up.", **flags))
    new = NewPost(community_id=place, title="A link", url="https://odd.example/x")
    made = await database.write(posts.publish, bob, new, domain=DOMAIN)
    await database.write(consume, "PostPublished", {"post_id": made.post_id}, domain=DOMAIN)
    heard = select(Notification.user_id).where(Notification.subtype == "post_from_suspicious_domain")
    async with database.read() as db:
        names = {ana.id: "ana", boss.id: "admin", bob.id: "bob"}
        assert {names[id_] for id_ in await db.scalars(heard) if id_} == told
        assert await link_warning(db, "odd.example") == "Often made up."


async def test_a_community_is_made_and_changed_in_all_it_can_be(database: Database) -> None:
    ana = await making.member(database, "ana")
    wanted = {"private": True, "question_answer": True, "ai_generated": True, "invitations": 3}
    new = NewCommunity(name="cats", title="Cats", keys=KEYS, **wanted)  # type: ignore[arg-type]
    made = await database.write(communities.create, ana, new, domain=DOMAIN)
    columns = [getattr(Community, name) for name in wanted]
    changed = {"private": False, "question_answer": False, "ai_generated": False, "invitations": 0}
    for expected, change in ((wanted, None), (changed, changed)):
        if change:
            await database.write(
                communities.edit,
                ana,
                made.community_id,
                dict(**change, new_mods_wanted=True),
                domain=DOMAIN,
            )
        async with database.read() as db:
            assert tuple((await db.execute(select(*columns))).one()) == tuple(expected.values())
    for way in (1, 5, -1):
        with pytest.raises(Invalid) as refusal:
            await database.write(
                communities.edit, ana, made.community_id, {"invitations": way}, domain=DOMAIN
            )
        assert refusal.value.fields.keys() == {"invitations"}


async def test_pictures_are_posted_only_where_the_site_lets_people(database: Database) -> None:
    boss, ana = await making.administrator(database), await making.member(database, "ana")
    place = await making.community(database, ana)
    await making.add(database, File(id=1, file_path="a"))
    await making.add(database, UserFile(user_id=ana.id, file_id=1, size=1))
    new = NewPost(community_id=place, title="A picture", image_id=1)
    for allowed in (False, True):
        await database.write(site.change, boss, {"allow_local_image_posts": allowed}, domain=DOMAIN)
        if not allowed:
            with pytest.raises(Invalid) as refusal:
                await database.write(posts.publish, ana, new, domain=DOMAIN)
            assert refusal.value.fields.keys() == {"image"}
    assert (await database.write(posts.publish, ana, new, domain=DOMAIN)).fresh


async def test_a_community_may_keep_its_moderators_to_itself(database: Database) -> None:
    ana = await making.member(database, "ana")
    place = await making.community(database, ana)
    for private, shown in ((None, 1), (True, 0), (False, 1)):
        await database.write(run, update(Community).where(Community.id == place).values(private_mods=private))
        async with database.read() as db:
            assert len((await head_by_id(db, None, place)).moderators) == shown
