"""What people were told is shown to them as long as it is there, and as they may and want to see it."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.notifications import listing
from service.forum.notifications.rules import (
    BAN,
    COMMUNITY,
    FEED,
    MENTION,
    MESSAGE,
    POST,
    REMINDER,
    REPLY,
    TOPIC,
    USER,
)
from service.storage.tables import ChatMessage, Comment, Domain, Notification, Post
from service.storage.transaction import Database
from tests.forum import making
from tests.forum.elsewhere import author, far_community, stranger
from tests.forum.taken_back import while_so

# What ana was told, by what it is about: each kind once.
ABOUT = {
    "post": (USER, COMMUNITY, TOPIC, FEED, REMINDER),
    "comment": (POST, REPLY, MENTION),
    "message": (MESSAGE,),
    "decision": (BAN,),
}
ALL = frozenset(ABOUT)
CONTENT = {"post", "comment"}
BY_ZOE = CONTENT | {"message"}


@dataclass(frozen=True)
class Fact:
    """Something that is so, and takes away what is about these.

    Attributes:
        sql: with the values of the place in it.
    """

    sql: str
    gone: set[str]


FACTS: dict[str, Fact] = {
    "the post is gone": Fact("UPDATE post SET deleted = true", CONTENT),
    "the comment is gone": Fact("UPDATE post_reply SET deleted = true", {"comment"}),
    "the message is gone": Fact("UPDATE chat_message SET deleted = true", {"message"}),
    "the community is gone": Fact("UPDATE community SET banned = true", CONTENT),
    "the post waits": Fact("UPDATE post SET status = 0", CONTENT),
    "it is not for this site": Fact(
        "UPDATE post SET nsfw = true;UPDATE site SET enable_nsfw = false", CONTENT
    ),
    "the author is blocked": Fact(
        "INSERT INTO user_block (blocker_id, blocked_id) VALUES ({ana}, {zoe})", BY_ZOE
    ),
    "by somebody else": Fact("INSERT INTO user_block (blocker_id, blocked_id) VALUES ({ben}, {zoe})", set()),
    "another one is blocked": Fact(
        "INSERT INTO user_block (blocker_id, blocked_id) VALUES ({ana}, {ben})", set()
    ),
    "the author's server is blocked": Fact(
        "INSERT INTO instance_block (user_id, instance_id) VALUES ({ana}, {zoes})", BY_ZOE
    ),
    "a server is blocked by somebody else": Fact(
        "INSERT INTO instance_block (user_id, instance_id) VALUES ({ben}, {zoes}), ({ben}, {posts}), ({ben}, {places})",
        set(),
    ),
    "the post's server is blocked": Fact(
        "INSERT INTO instance_block (user_id, instance_id) VALUES ({ana}, {posts})", CONTENT
    ),
    "the community's server is blocked": Fact(
        "INSERT INTO instance_block (user_id, instance_id) VALUES ({ana}, {places})", CONTENT
    ),
    "the community is blocked": Fact(
        "INSERT INTO community_block (user_id, community_id) VALUES ({ana}, {trains})", CONTENT
    ),
    "another community is blocked": Fact(
        "INSERT INTO community_block (user_id, community_id) VALUES ({ana}, {other}), ({ben}, {trains})",
        set(),
    ),
    "the website is blocked": Fact(
        "INSERT INTO domain_block (user_id, domain_id) VALUES ({ana}, 1)", CONTENT
    ),
    "another website is blocked": Fact(
        "INSERT INTO domain_block (user_id, domain_id) VALUES ({ana}, 2), ({ben}, 1)", set()
    ),
    "the community is private": Fact("UPDATE community SET private = true", CONTENT),
    "for its members": Fact(
        "UPDATE community SET private = true;"
        "INSERT INTO community_member (user_id, community_id) VALUES ({ana}, {trains})",
        set(),
    ),
    "for other members": Fact(
        "UPDATE community SET private = true;"
        "INSERT INTO community_member (user_id, community_id) VALUES ({ben}, {trains}), ({ana}, {other})",
        CONTENT,
    ),
    "for members who are not banned": Fact(
        "UPDATE community SET private = true;"
        "INSERT INTO community_member (user_id, community_id, is_banned) VALUES ({ana}, {trains}, true)",
        CONTENT,
    ),
}


async def test_what_one_was_told_is_shown_while_it_matters(database: Database) -> None:
    ana, ben = await making.member(database, "ana"), await making.member(database, "ben")
    zoe, poster = await stranger(database, "zoe"), await stranger(database, "poster", host="posts.example")
    trains = await far_community(database, "trains", host="places.example")
    other = await far_community(database, "other", host="other.example")
    place = await author(database, (await stranger(database, "one", host="places.example")).id)
    values = {
        "ana": ana.id, "ben": ben.id, "zoe": zoe.id, "trains": trains, "other": other,
        "zoes": zoe.instance_id, "posts": poster.instance_id, "places": place.instance_id,
    }  # fmt: skip
    await making.add(database, Domain(id=1, name="news.example"), Domain(id=2, name="blog.example"))
    await making.add(
        database,
        Post(id=1, title="A", user_id=zoe.id, community_id=trains, instance_id=poster.instance_id, domain_id=1,
             ap_id="https://posts.example/1", status=1, deleted=False, nsfw=False, nsfl=False),
    )  # fmt: skip
    await making.add(
        database,
        Comment(id=1, post_id=1, user_id=zoe.id, community_id=trains, instance_id=zoe.instance_id, body="B"),
    )
    await making.add(database, ChatMessage(id=1, sender_id=zoe.id, recipient_id=ana.id, body="C"))
    targets = {
        "post": {"post_id": 1},
        "comment": {"post_id": 1, "comment_id": 1},
        "message": {"message_id": 1},
    }
    await making.add(
        database,
        *(
            Notification(
                user_id=ana.id, author_id=zoe.id, notif_type=kind, title=about, targets=targets.get(about, {})
            )
            for about, kinds in ABOUT.items()
            for kind in kinds
        ),
    )

    async def shown(db: AsyncConnection) -> set[tuple[str, int]]:
        return {(row.title, row.kind) for row in (await listing(db, ana, size=50)).notifications}

    found = {name: await while_so(database, fact.sql.format(**values), shown) for name, fact in FACTS.items()}
    expected = {
        name: {(about, kind) for about in ALL - fact.gone for kind in ABOUT[about]}
        for name, fact in FACTS.items()
    }
    assert found == expected
