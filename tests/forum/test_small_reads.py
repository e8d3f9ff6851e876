"""Reads of one thing: what stands beside a name, what is known of a server on a list, a comment below what is gone."""

from sqlalchemy import text

from service.forum.accounts.queries import own_flair
from service.forum.comments import operations as comments
from service.forum.comments.operations import NewComment
from service.forum.comments.queries.lists import comments_by_ids
from service.forum.instances.queries import details
from service.forum.letters import operations as letters
from service.forum.letters.queries import KEPT_AS_SETTING
from service.forum.posts import operations as posts
from service.forum.posts.queries import overlay
from service.storage.tables import BannedInstance, Setting, UserFlair
from service.storage.transaction import Database
from tests.forum import making
from tests.forum.making import DOMAIN
from tests.forum.test_instances import BOSS


async def test_ones_own_flair_is_that_of_the_community(database: Database) -> None:
    ana, ben = await making.member(database, "ana"), await making.member(database, "ben")
    cats, dogs = await making.community(database, ana), await making.community(database, ana, "dogs")
    await making.add(
        database,
        UserFlair(user_id=ana.id, community_id=cats, flair="Purrs"),
        UserFlair(user_id=ben.id, community_id=dogs, flair="Barks"),
    )
    async with database.read() as db:
        found = [await own_flair(db, who, where) for who in (ana, ben) for where in (cats, dogs)]
    assert found == ["Purrs", "", "", "Barks"]


async def test_of_a_server_that_is_only_on_a_list_nothing_is_here(database: Database) -> None:
    await making.add(database, BannedInstance(domain="bad.example", reason="Spam"))
    async with database.read() as db:
        found = await details(db, "bad.example")
    assert [entry.reason for entry in found.entries] == ["Spam"]
    assert (found.met, found.inbox, found.retry_at) == (None, "", None)
    assert (found.people, found.communities, found.posts, found.comments, found.parked) == (0, 0, 0, 0, 0)


async def test_who_wrote_below_what_is_gone_sees_no_more_of_it_than_that_it_was(database: Database) -> None:
    ana, ben = await making.member(database, "ana"), await making.member(database, "ben")
    cats = await making.community(database, ana)
    (post,) = await making.posts(database, ana, cats, 1, title="A secret")
    new = NewComment(post_id=post, body="Mine")
    comment = (await database.write(comments.publish, ben, new, domain=DOMAIN)).comment_id

    async def seen() -> dict[str, str]:
        found = {}
        for name, viewer in (("ana", ana), ("ben", ben), ("nobody", None)):
            async with database.read() as db:
                row = (await comments_by_ids(db, viewer, [comment])).get(comment)
            found[name] = row.post.title if row else "not seen"
        return found

    assert await seen() == dict.fromkeys(("ana", "ben", "nobody"), "A secret")
    await database.write(posts.set_deleted, ana, post, deleted=True)
    found = await seen()
    assert (found["ana"], found["nobody"]) == ("A secret", "not seen")
    assert found["ben"] not in {"A secret", "not seen"}


async def test_a_letter_that_says_the_usual_again_leaves_other_settings(database: Database) -> None:
    ((kind, name),) = KEPT_AS_SETTING.items()
    await making.add(database, Setting(name=name, value='"Hello"'), Setting(name="other", value='"Stays"'))
    await database.write(letters.reset, BOSS, kind)
    async with database.read() as db:
        names = set(
            await db.scalars(
                text("SELECT name FROM settings WHERE name = ANY(:names)"), {"names": [name, "other"]}
            )
        )
    assert names == {"other"}


async def test_what_one_is_in_a_community_is_said_of_its_posts_alone(database: Database) -> None:
    ana, ben = await making.member(database, "ana"), await making.member(database, "ben")
    cats, dogs = await making.community(database, ana), await making.community(database, ben, "dogs")
    (cat,), (dog,) = [await making.posts(database, ana, place, 1) for place in (cats, dogs)]
    async with database.read() as db:
        mine = {name: await overlay(db, who, [cat, dog]) for name, who in (("ana", ana), ("ben", ben))}
    found = {
        (name, post): (one.subscribed, one.moderates)
        for name, ones in mine.items()
        for post, one in ones.items()
    }
    yes, no = (True, True), (False, False)
    assert found == {("ana", cat): yes, ("ana", dog): no, ("ben", cat): no, ("ben", dog): yes}
