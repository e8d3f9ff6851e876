"""What the site does not allow is refused at every operation by which words get onto it."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts import operations as accounts
from service.forum.accounts.operations import ExtraFieldChange, NewAccount, SettingsChange
from service.forum.accounts.viewer import Viewer
from service.forum.comments import operations as comments
from service.forum.comments.operations import NewComment
from service.forum.communities import operations as communities
from service.forum.communities.operations import NewCommunity
from service.forum.errors import Invalid
from service.forum.feeds import operations as feeds
from service.forum.feeds.operations import FeedChanges, NewFeed
from service.forum.flairs import operations as flairs
from service.forum.flairs.operations import FlairChanges, NewFlair
from service.forum.messages import operations as messages
from service.forum.phrases import LENGTH, phrases_of
from service.forum.polls import NewPoll
from service.forum.posts import operations as posts
from service.forum.posts.operations import NewPost, PostChanges
from service.storage.tables import Site
from service.storage.transaction import Database
from tests.forum import making
from tests.forum.making import DOMAIN, KEYS

Operation = Callable[..., Any]


class World(msgspec.Struct):
    """Two people and one of everything."""

    database: Database
    ana: Viewer
    bob: Viewer
    community: int
    post: int
    comment: int
    message: int
    feed: int
    flair: int

    async def configure(self, **columns: Any) -> None:
        async def change(session: AsyncSession) -> None:
            await session.execute(update(Site).values(**columns))

        await self.database.write(change)


@pytest.fixture
async def world(database: Database) -> World:
    ana, bob = await making.member(database, "ana"), await making.member(database, "bob")
    place = await making.community(database, ana)
    post = await database.write(posts.publish, ana, NewPost(community_id=place, title="Post"), domain=DOMAIN)
    said = await database.write(
        comments.publish, ana, NewComment(post_id=post.post_id, body="Comment"), domain=DOMAIN
    )
    sent = await database.write(messages.send, ana, bob.id, "Message", domain=DOMAIN)
    feed = await database.write(feeds.create, ana, NewFeed(name="mix", title="Mix", keys=KEYS), domain=DOMAIN)
    flair = await database.write(flairs.create, ana, NewFlair(community_id=place, title="Fun"), domain=DOMAIN)
    return World(database, ana, bob, place, post.post_id, said.comment_id, sent, feed, flair)


def _ways(w: World, words: str) -> list[tuple[str, Operation, tuple[Any, ...], bool]]:
    """Every way to publish words: the field at fault, the operation, its arguments, whether it is told the domain."""
    post: dict[str, Any] = {"community_id": w.community, "title": "A title"}
    poll = NewPoll(choices=("yes", words))
    name = "".join(char for char in words.lower() if char.isalnum())
    account: dict[str, Any] = {"name": "carl", "email": "", "password_hash": "x", "keys": KEYS}
    place: dict[str, Any] = {"name": "dogs", "title": "Dogs", "keys": KEYS}
    return [
        ("title", posts.publish, (w.ana, NewPost(**post | {"title": words})), True),
        ("body", posts.publish, (w.ana, NewPost(**post, body=words)), True),
        ("url", posts.publish, (w.ana, NewPost(**post, url=f"https://a.example/{name}")), True),
        ("alt_text", posts.publish, (w.ana, NewPost(**post, alt_text=words)), True),
        ("poll", posts.publish, (w.ana, NewPost(**post, poll=poll)), True),
        ("title", posts.edit, (w.ana, w.post, PostChanges(title=words)), True),
        ("body", posts.edit, (w.ana, w.post, PostChanges(body=words)), True),
        ("url", posts.edit, (w.ana, w.post, PostChanges(url=f"https://a.example/{name}")), True),
        ("body", comments.publish, (w.bob, NewComment(post_id=w.post, body=words)), True),
        ("body", comments.edit, (w.ana, w.comment, words), True),
        ("content", messages.send, (w.ana, w.bob.id, words), True),
        ("content", messages.edit, (w.ana, w.message, words), True),
        ("name", communities.create, (w.ana, NewCommunity(**place | {"name": name})), True),
        ("title", communities.create, (w.ana, NewCommunity(**place | {"title": words})), True),
        ("description", communities.create, (w.ana, NewCommunity(**place, description=words)), True),
        ("rules", communities.edit, (w.ana, w.community, {"rules": words}), True),
        (
            "posting_warning",
            communities.edit,
            (w.ana, w.community, {"posting_warning": words}),
            True,
        ),
        ("title", feeds.create, (w.ana, NewFeed(name="other", title=words, keys=KEYS)), True),
        ("description", feeds.edit, (w.ana, w.feed, FeedChanges(description=words)), True),
        ("title", flairs.create, (w.ana, NewFlair(community_id=w.community, title=words)), True),
        ("title", flairs.edit, (w.ana, w.flair, FlairChanges(title=words)), False),
        ("flair_text", accounts.set_flair, (w.ana, w.community, words), False),
        ("title", accounts.edit, (w.ana, {"title": words}), True),
        ("about", accounts.edit, (w.ana, {"about": words}), True),
        ("name", accounts.create_account, (NewAccount(**account | {"name": name}),), True),
        ("about", accounts.create_account, (NewAccount(**account, about=words),), True),
    ]


async def test_every_way_to_publish_words_asks_first(world: World) -> None:
    await world.configure(blocked_phrases="Buy  SpamPills\r\n\nspampills\n")
    for field, operation, arguments, told in _ways(world, "Spam\u200bPILLS"):
        with pytest.raises(Invalid) as refusal:
            await world.database.write(operation, *arguments, **({"domain": DOMAIN} if told else {}))
        assert refusal.value.fields == {field: "“spampills” isn't allowed on this site."}, operation
    line = ExtraFieldChange(label="My", text="spampills")
    with pytest.raises(Invalid):
        await world.database.write(
            accounts.save_settings,
            world.ana,
            SettingsChange(columns={}, extra_fields=[line]),
            domain=DOMAIN,
            origin="https://pie.example",
        )


async def test_other_words_pass_everywhere(world: World) -> None:
    await world.configure(blocked_phrases="spampills")
    done: set[Operation] = set()
    for number in range(len(_ways(world, ""))):
        _, operation, arguments, told = _ways(world, f"Fine words {number}")[number]
        if operation not in done:
            await world.database.write(operation, *arguments, **({"domain": DOMAIN} if told else {}))
        done.add(operation)


@pytest.mark.parametrize(
    ("lines", "text", "refused"),
    [
        ("buy now", "BUY\n  now!", True),
        ("buy now", "buynow", False),
        ("ｂｕｙ", "buy", True),
        ("straße", "STRASSE", True),
        ("a.c", "abc", False),
        ("\u200b\n \n", "anything", False),
        (None, "anything", False),
        ("x\r\ny", "only y", True),
    ],
)
async def test_what_counts_as_the_phrase(world: World, lines: str | None, text: str, refused: bool) -> None:
    await world.configure(blocked_phrases=lines)
    try:
        await world.database.write(comments.edit, world.ana, world.comment, text, domain=DOMAIN)
        assert not refused
    except Invalid:
        assert refused


def test_a_list_has_an_end() -> None:
    assert len(phrases_of("ab\n" * LENGTH)) == LENGTH // 3 + 1


async def test_empty_words_are_refused_where_the_site_wants_none(world: World) -> None:
    empty = {
        "enable_this_comment_filter": ["this", "This!", "**THIS.**"],
        "enable_gif_reply_rep_decrease": [
            "https://media.tenor.com/x.gif",
            "![](https://media1.giphy.com/media/a/giphy.gif)",
        ],
    }
    for column, bodies in empty.items():
        for body in bodies:
            await world.configure(**{column: True})
            with pytest.raises(Invalid):
                await _say(world, body)
            await world.configure(**{column: False})
            await _say(world, body)
            await world.configure(**{column: True})
            await _say(world, f"{body} is what I mean")


async def _say(world: World, body: str) -> None:
    await world.database.write(
        comments.publish, world.bob, NewComment(post_id=world.post, body=body), domain=DOMAIN
    )
