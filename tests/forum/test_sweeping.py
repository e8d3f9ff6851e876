"""Whatever is taken down or brought back as a whole: a branch of a discussion, all that somebody wrote somewhere."""

from typing import Any

import pytest
from sqlalchemy import select

from service.forum.accounts import operations as accounts
from service.forum.accounts.viewer import Viewer
from service.forum.comments import operations as comments
from service.forum.comments.operations import NewComment
from service.forum.communities import operations as communities
from service.forum.moderation import branches, content
from service.forum.moderation.history import pasts_of
from service.forum.moderation.operations import record_in_mod_log
from service.forum.posts import operations as posts
from service.storage.tables import Comment, Post, User
from service.storage.tables.own import OutboxEvent
from service.storage.transaction import Database
from tests.forum import making
from tests.forum.elsewhere import change, far_community, rows, stranger
from tests.forum.making import DOMAIN

Kind = type[Post] | type[Comment]


async def sweep(database: Database, some: Any, **payload: Any) -> None:
    """Do some, and what was left for later, until nothing is."""
    kinds = {"ContentPurgeRequested", "BranchPurgeRequested"}
    await database.write(some, {"reason": ""} | payload)
    wanted = select(OutboxEvent.id, OutboxEvent.payload).where(OutboxEvent.kind.in_(kinds))
    while left := await rows(database, wanted):
        for event_id, left_over in left:
            await change(database, OutboxEvent, OutboxEvent.id == event_id, kind="Done")
            await database.write(some, left_over)


async def standing(database: Database, kind: Kind) -> set[int]:
    """What is not taken down."""
    return set(await rows(database, select(kind.id).where(kind.deleted.is_not(True))))


@pytest.fixture
async def people(database: Database, monkeypatch: pytest.MonkeyPatch) -> dict[str, Viewer]:
    """Everybody; what is done is done in small parts."""
    for module in (branches, content):
        monkeypatch.setattr(module, "BATCH", 1)
    found = {"admin": await making.administrator(database)}
    return found | {name: await making.member(database, name) for name in ("ana", "ben", "eva", "mod")}


async def test_a_branch_goes_and_comes_back(database: Database, people: dict[str, Viewer]) -> None:
    ana, ben, eva, mod = (people[name] for name in ("ana", "ben", "eva", "mod"))
    cats = await making.community(database, ana)
    await database.write(communities.set_moderator, ana, cats, mod.id, added=True)
    post, other = await making.posts(database, ana, cats, 2)

    async def comment(author: Viewer, parent: int | None = None, post: int = post) -> int:
        new = NewComment(post_id=post, body="Well", parent_id=parent)
        return (await database.write(comments.publish, author, new, domain=DOMAIN)).comment_id

    beside, first = await comment(eva), await comment(ben)
    taken_back, second = await comment(ben, first), await comment(eva, first)
    third = await comment(ben, second)
    elsewhere = await comment(eva, post=other)
    await database.write(comments.set_deleted, ben, taken_back, deleted=True)
    everything = {beside, first, second, third, elsewhere}
    below, whole = {"post_id": post, "comment_id": first}, {"post_id": post, "comment_id": None}
    cases: list[tuple[str, dict[str, Any], bool, set[int]]] = [
        ("ben", below, True, everything),
        ("eva", whole, True, everything),
        ("mod", below, True, everything - {second, third}),
        ("ben", below, False, everything - {second, third}),
        ("admin", below, False, everything),
        ("ana", whole, True, {elsewhere}),
        ("ana", whole, False, everything),
    ]
    assert await standing(database, Comment) == everything
    for who, where, removed, expected in cases:
        await sweep(database, branches.remove_some_answers, by_id=people[who].id, removed=removed, **where)
        assert await standing(database, Comment) == expected, (who, where, removed)
    await database.write(communities.ban_member, ana, cats, mod.id)
    await sweep(database, branches.remove_some_answers, by_id=mod.id, removed=True, **whole)
    assert await standing(database, Comment) == everything, "a moderator who was banned since"


async def test_all_that_somebody_wrote_goes_where_it_is_wanted(
    database: Database, people: dict[str, Viewer]
) -> None:
    admin, ana, ben = (people[name] for name in ("admin", "ana", "ben"))
    cats, dogs = await making.community(database, ana), await making.community(database, ben, "dogs")
    far = await far_community(database, "trains")
    keeper, zoe = await stranger(database, "keeper", admin=True), await stranger(database, "zoe")
    places = (cats, dogs, far)
    written = {place: (await making.posts(database, ben, place, 1))[0] for place in places}
    said = {
        place: (await making.comments(database, ben, place, [post]))[0] for place, post in written.items()
    }
    (others,) = await making.posts(database, ana, cats, 1)

    async def left() -> tuple[set[int], set[int]]:
        return await standing(database, Post), await standing(database, Comment)

    def all_but(*gone: int) -> tuple[set[int], set[int]]:
        kept = [place for place in places if place not in gone]
        return {others} | {written[place] for place in kept}, {said[place] for place in kept}

    async def by(who: int, **where: Any) -> None:
        await sweep(database, content.remove_some_content, account_id=ben.id, by_id=who, **where)

    await by(ana.id)
    await by(ben.id, community_id=far)
    await change(database, Post, Post.id == written[far], deleted=False)
    await change(database, Comment, Comment.id == said[far], deleted=False)
    assert await left() == all_but(), "the site is not ana's"
    await by(ana.id, community_id=cats)
    assert await left() == all_but(cats)
    home = (await rows(database, select(User.instance_id).where(User.id == zoe.id)))[0]
    await by(zoe.id, instance_id=home)
    assert await left() == all_but(cats), "zoe administers nothing"
    await by(keeper.id, instance_id=home)
    assert await left() == all_but(cats, far)
    await by(admin.id)
    assert await left() == all_but(*places)
    # Each brings back what they took down.
    await by(keeper.id, instance_id=home, undoes=keeper.id)
    assert await left() == all_but(cats, dogs)
    await by(admin.id, undoes=ana.id)
    assert await left() == all_but(dogs)
    await database.write(posts.set_deleted, ben, written[cats], deleted=True)
    await by(admin.id, undoes=ben.id)
    assert written[cats] not in (await left())[0], "what its author took back stays so"
    await by(admin.id, undoes=admin.id)
    assert await left() == ({others, written[dogs], written[far]}, set(said.values()))


async def test_what_is_known_of_people_before_somebody_decides(
    database: Database, people: dict[str, Viewer]
) -> None:
    admin, ana, ben = (people[name] for name in ("admin", "ana", "ben"))
    for action in (
        "delete_post",
        "delete_post_reply",
        "delete_post",
        "ban_user",
        "restore_post",
        "lock_post",
    ):
        await database.write(record_in_mod_log, admin, action, target_account_id=ana.id)
    await database.write(record_in_mod_log, admin, "ban_user", target_account_id=ben.id)
    await change(database, User, User.id == ana.id, post_count=5, post_reply_count=7, reports=2)
    await change(database, User, User.id == ben.id, reports=-1)
    await database.write(accounts.ban, admin, ben.id)
    async with database.read() as db:
        assert await pasts_of(db, []) == {}
        pasts = await pasts_of(db, [ana.id, ben.id])
    found = {
        name: (past.posts, past.comments, past.removed, past.bans, past.reports, past.banned)
        for name, past in (("ana", pasts.pop(ana.id)), ("ben", pasts.pop(ben.id)))
    }
    assert found == {"ana": (5, 7, 3, 1, 2, False), "ben": (0, 0, 0, 2, 0, True)}
    assert pasts == {}
