"""What of all that somebody was told still stands: lists, counts and the account's counter agree, whatever happens."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import notifications
from service.forum.accounts import operations as accounts
from service.forum.comments import operations as comments
from service.forum.comments.choices import CommentSort
from service.forum.comments.inbox import Which, page_of_inbox
from service.forum.communities import operations as communities
from service.forum.errors import Forbidden, Gone, Invalid, Locked
from service.forum.feeds.choices import Sort
from service.forum.feeds.queries import page_of_posts
from service.forum.feeds.rules import PostSelection
from service.forum.messages import operations as messages
from service.forum.posts import operations as posts
from service.forum.posts.operations import NewPost, PostChanges
from service.forum.posts.queries import post_by_id
from service.storage.tables import Domain, Instance, User
from service.storage.transaction import Database
from tests.forum.making import DOMAIN, add, community, member, viewer_of
from tests.forum.talk import Talk


@pytest.fixture
async def talk(database: Database) -> Talk:
    """Ana and Ben in Ana's community."""
    ana, ben = await member(database, "ana"), await member(database, "ben")
    cats = await community(database, ana)
    await database.write(communities.join, ben, cats)
    return Talk(database, ana, ben, cats)


class Heard:
    """Ana's post with a link, Ben's comment on it that also names Cleo, and what each of them was told."""

    def __init__(self, talk: Talk, post: int, comment: int) -> None:
        self.talk, self.post, self.comment = talk, post, comment
        self.database = talk.database

    async def move_ben(self) -> None:
        """Let Ben come from another server."""
        await add(self.database, Instance(id=7, domain="away.example"))
        await self.database.write(
            lambda session: session.execute(
                update(User).where(User.id == self.talk.ben.id).values(instance_id=7)
            )
        )


async def _heard(talk: Talk) -> Heard:
    new = NewPost(community_id=talk.cats, title="A post", url="https://news.example/story")
    post = (await talk.database.write(posts.publish, talk.ana, new, domain=DOMAIN)).post_id
    comment = await talk.comment(talk.ben, post, f"Look @cleo@{DOMAIN}")
    await talk.tell()
    return Heard(talk, post, comment)


async def _author_deletes(heard: Heard) -> None:
    await heard.database.write(comments.set_deleted, heard.talk.ben, heard.comment, deleted=True)


async def _author_restores(heard: Heard) -> None:
    await heard.database.write(comments.set_deleted, heard.talk.ben, heard.comment, deleted=False)


async def _moderator_removes(heard: Heard) -> None:
    await heard.database.write(comments.set_removed, heard.talk.ana, heard.comment, removed=True)


async def _post_goes(heard: Heard) -> None:
    await heard.database.write(posts.set_deleted, heard.talk.ana, heard.post, deleted=True)


async def _community_goes(heard: Heard) -> None:
    await heard.database.write(communities.set_deleted, heard.talk.ana, heard.talk.cats, deleted=True)


async def _person_blocked(heard: Heard) -> None:
    await heard.database.write(accounts.block, heard.talk.ana, heard.talk.ben.id)


async def _person_unblocked(heard: Heard) -> None:
    await heard.database.write(accounts.unblock, heard.talk.ana, heard.talk.ben.id)


async def _community_blocked(heard: Heard) -> None:
    await heard.database.write(communities.set_blocked, heard.talk.ana, heard.talk.cats, blocked=True)


async def _website_blocked(heard: Heard) -> None:
    await heard.database.write(accounts.block_domain, heard.talk.ana, "news.example", blocked=True)


async def _server_blocked(heard: Heard) -> None:
    await heard.move_ben()
    await heard.database.write(accounts.block_instance, heard.talk.ana, 7, blocked=True)


Happening = Callable[[Heard], Awaitable[None]]


@pytest.mark.parametrize(
    ("happenings", "left"),
    [
        ((_author_deletes,), 0),
        ((_author_deletes, _author_restores), 1),
        ((_moderator_removes,), 0),
        ((_post_goes,), 0),
        ((_community_goes,), 0),
        ((_person_blocked,), 0),
        ((_person_blocked, _person_unblocked), 1),
        ((_community_blocked,), 0),
        ((_website_blocked,), 0),
        ((_server_blocked,), 0),
    ],
)
async def test_lists_and_counts_of_what_was_told_agree(
    talk: Talk, happenings: tuple[Happening, ...], left: int
) -> None:
    cleo = await member(talk.database, "cleo")
    heard = await _heard(talk)
    for happening in happenings:
        await happening(heard)
    await talk.tell()
    # `told` compares the counter of the account with what it lists.
    assert len(await talk.received(talk.ana)) == left
    assert len(await talk.received(cleo)) <= 1
    lists: tuple[tuple[Which, str], ...] = (("replies", "replies"), ("mentions", "mentions"))
    async with talk.database.read() as db:
        for who in (talk.ana, cleo):
            unread = await notifications.unread_count(db, who)
            totals = await notifications.totals(db, who)
            assert totals.unread == unread.replies + unread.mentions + unread.other
            for which, count in lists:
                page = await page_of_inbox(db, who, which, CommentSort.NEW, unread_only=True)
                assert len(page.comments) == getattr(unread, count)


@pytest.mark.parametrize("unwanted", [_community_blocked, _website_blocked, _server_blocked, _post_goes])
async def test_what_is_unwanted_is_not_told_at_all(talk: Talk, unwanted: Happening) -> None:
    heard = await _heard(talk)
    await talk.database.write(notifications.mark_all_read, talk.ana)
    await unwanted(heard)
    before = len(await talk.received(talk.ana))
    if unwanted is _server_blocked:
        with pytest.raises(Forbidden):
            await talk.comment(talk.ben, heard.post, f"Again, and @ana@{DOMAIN}")
    elif unwanted is not _post_goes:
        await talk.comment(talk.ben, heard.post, f"Again, and @ana@{DOMAIN}")
    await talk.tell()
    assert len(await talk.received(talk.ana)) == before


async def test_moderators_are_heard_by_those_who_blocked_them(talk: Talk) -> None:
    await talk.database.write(accounts.block, talk.ben, talk.ana.id)
    await talk.database.write(communities.set_moderator, talk.ana, talk.cats, talk.ben.id, added=True)
    await talk.tell()
    assert [row.subtype for row in await talk.received(talk.ben)] == ["new_moderator"]


async def test_an_edit_tells_only_those_whom_it_adds(talk: Talk) -> None:
    cleo, dan = await member(talk.database, "cleo"), await member(talk.database, "dan")
    post = await talk.post(talk.ana, f"Look @cleo@{DOMAIN}")
    comment = await talk.comment(talk.ben, post, f"@cleo@{DOMAIN}, what of this?")
    await talk.tell()
    texts = ("nobody", f"@cleo@{DOMAIN}", f"`@dan@{DOMAIN}`", f"@cleo@{DOMAIN} @dan@{DOMAIN} @ana@{DOMAIN}")
    for text in texts:
        await talk.database.write(comments.edit, talk.ben, comment, text, domain=DOMAIN)
        await talk.database.write(posts.edit, talk.ana, post, PostChanges(body=text), domain=DOMAIN)
        await talk.tell()
    for who in (cleo, dan):
        told = [row.subtype for row in await talk.received(who)]
        assert sorted(told) == ["comment_mention", "post_mention"]
    # The author of the post was told of the comment as of an answer.
    assert [row.subtype for row in await talk.received(talk.ana)] == ["top_level_comment_on_followed_post"]


async def test_an_edit_before_anybody_was_told_tells_once(talk: Talk) -> None:
    cleo = await member(talk.database, "cleo")
    post = await talk.post(talk.ana)
    comment = await talk.comment(talk.ben, post, "First")
    await talk.database.write(comments.edit, talk.ben, comment, f"Now @cleo@{DOMAIN}", domain=DOMAIN)
    await talk.tell()
    assert [row.subtype for row in await talk.received(cleo)] == ["comment_mention"]
    assert len(await talk.received(talk.ana)) == 1


async def test_editing_follows_the_rules_of_publishing(talk: Talk) -> None:
    post = await talk.post(talk.ana)
    comment = await talk.comment(talk.ben, post, "First")
    message = await talk.database.write(messages.send, talk.ben, talk.ana.id, "Hello", domain=DOMAIN)
    changes = PostChanges(title="[NSFW] and [NSFL] now", nsfw=False)
    await talk.database.write(posts.edit, talk.ana, post, changes, domain=DOMAIN)
    async with talk.database.read() as db:
        row = await post_by_id(db, talk.ana, post)
    assert (row.nsfw, row.nsfl) == (True, True)
    await add(talk.database, Domain(name="bad.example", banned=True))
    changes = PostChanges(url="https://bad.example/x")
    with pytest.raises(Invalid, match="aren't allowed"):
        await talk.database.write(posts.edit, talk.ana, post, changes, domain=DOMAIN)
    await talk.database.write(posts.set_locked, talk.ana, post, locked=True)
    with pytest.raises(Locked):
        await talk.database.write(comments.edit, talk.ben, comment, "Second", domain=DOMAIN)
    await talk.database.write(posts.set_deleted, talk.ana, post, deleted=True)
    with pytest.raises(Gone):
        await talk.database.write(comments.edit, talk.ben, comment, "Second", domain=DOMAIN)
    await talk.database.write(accounts.block, talk.ana, talk.ben.id)
    with pytest.raises(Forbidden):
        await talk.database.write(messages.edit, talk.ben, message, "An insult", domain=DOMAIN)


async def test_unread_comments_are_those_of_others_since_the_last_reading(talk: Talk) -> None:
    post = await talk.post(talk.ana)
    seen: list[tuple[int, int]] = []

    async def look() -> None:
        async with talk.database.read() as db:
            row = await post_by_id(db, talk.ben, post)
        seen.append((row.mine.unread_comments, row.comments))

    await talk.comment(talk.ana, post, "Hers")
    await talk.comment(talk.ben, post, "His own, though he never read the post")
    await look()
    await talk.database.write(posts.mark_read, talk.ben, [post])
    await talk.comment(talk.ben, post, "His own")
    await look()
    hers = await talk.comment(talk.ana, post, "Hers again")
    await look()
    await talk.database.write(posts.mark_read, talk.ben, [post])
    await look()
    await talk.database.write(comments.set_deleted, talk.ana, hers, deleted=True)
    await look()
    await talk.comment(talk.ana, post, "Hers, once more")
    await talk.database.write(accounts.block, talk.ben, talk.ana.id)
    await look()
    await talk.database.write(posts.mark_read, talk.ben, [post], read=False)
    await look()
    assert seen == [(1, 2), (0, 3), (1, 4), (0, 4), (0, 3), (0, 2), (0, 2)]


async def test_posts_read_while_paging_by_number_let_none_be_skipped(talk: Talk) -> None:
    ids = [await talk.post(talk.ana, f"Number {number}") for number in range(10)]
    await talk.database.write(_hide_read, talk.ben.id)
    ben = await viewer_of(talk.database, talk.ben.id)
    seen: list[int] = []
    for page in range(1, 6):
        async with talk.database.read() as db:
            found = await page_of_posts(
                db, ben, PostSelection(community_id=talk.cats), Sort.NEW, limit=3, page=page
            )
        shown = [row.id for row in found.posts]
        seen += shown
        await talk.database.write(posts.mark_read, ben, shown)
        if not found.has_more:
            break
    assert seen == ids[::-1]
    async with talk.database.read() as db:
        assert not (await page_of_posts(db, ben, PostSelection(community_id=talk.cats), Sort.NEW)).posts


async def _hide_read(session: AsyncSession, account_id: int) -> None:
    await session.execute(update(User).where(User.id == account_id).values(hide_read_posts=True))
