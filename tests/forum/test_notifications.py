"""What people are told, and how it is counted, against a real database."""

import asyncio
from gettext import NullTranslations

import pytest
from babel import Locale
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import notifications
from service.forum.accounts import operations as accounts
from service.forum.comments import operations as comments
from service.forum.comments.choices import CommentSort
from service.forum.comments.inbox import page_of_inbox
from service.forum.comments.operations import NewComment
from service.forum.communities import operations as communities
from service.forum.errors import NotFound
from service.forum.messages import operations as messages
from service.forum.moderation.rules import shorten
from service.forum.notifications import News, UnreadCount, words
from service.forum.notifications.choices import NotificationStatus
from service.forum.notifications.rules import TITLE_LENGTH
from service.language.sentences import Language, said, speaking
from service.storage.tables import Notification, NotificationSubscription, User
from service.storage.transaction import Database
from tests.forum.elsewhere import change
from tests.forum.elsewhere import stranger as somebody_elsewhere
from tests.forum.making import DOMAIN, community, member, viewer_of
from tests.forum.talk import Talk


@pytest.fixture
async def talk(database: Database) -> Talk:
    """Ana and Ben in Ana's community."""
    ana, ben = await member(database, "ana"), await member(database, "ben")
    cats = await community(database, ana)
    await database.write(communities.join, ben, cats)
    return Talk(database, ana, ben, cats)


async def test_the_author_of_a_post_hears_of_a_comment(talk: Talk) -> None:
    post = await talk.post(talk.ana)
    comment = await talk.comment(talk.ben, post, "Nice cats")
    await talk.comment(talk.ana, post, "My own words")
    await talk.tell()
    await talk.tell()
    (told,) = await talk.received(talk.ana)
    assert (told.kind, told.subtype) == (3, "top_level_comment_on_followed_post")
    assert told.url == f"/post/{post}/comment/{comment}#comment_{comment}"
    assert (told.post_id, told.comment_id, told.read) == (post, comment, False)
    assert told.author is not None
    assert told.author.name == "ben"
    async with talk.database.read() as db:
        targets = await db.scalar(select(Notification.targets))
    assert targets == {
        "gen": "0",
        "post_id": post,
        "post_title": "A post",
        "community_name": "cats",
        "author_user_name": "ben",
        "comment_id": comment,
        "comment_body": "Nice cats",
    }


async def test_the_author_of_a_comment_hears_of_an_answer_and_answering_marks_it_read(talk: Talk) -> None:
    post = await talk.post(talk.ana)
    first = await talk.comment(talk.ben, post, "First")
    await talk.tell()
    second = await talk.comment(talk.ana, post, "Second", parent_id=first)
    await talk.tell()
    (told,) = await talk.received(talk.ben)
    assert (told.kind, told.subtype) == (4, "new_reply_on_followed_comment")
    assert told.url == f"/post/{post}/comment/{first}#comment_{second}"
    (old,) = await talk.received(talk.ana)
    assert old.read


async def test_people_who_are_named_hear_of_it_once(talk: Talk) -> None:
    cleo = await member(talk.database, "cleo")
    post = await talk.post(talk.ana, f"Look @cleo@{DOMAIN} and @ben@away.example")
    comment = await talk.comment(
        talk.ben, post, f"@Ana@{DOMAIN} @cleo@{DOMAIN} @cleo@{DOMAIN} @ben@{DOMAIN} @nobody@{DOMAIN}"
    )
    await talk.tell()
    told = await talk.received(cleo)
    assert [(row.kind, row.subtype) for row in told] == [(6, "comment_mention"), (6, "post_mention")]
    assert [row.comment_id for row in told] == [comment, None]
    assert [row.subtype for row in await talk.received(talk.ana)] == ["top_level_comment_on_followed_post"]
    assert not await talk.received(talk.ben)


async def test_who_is_named_is_an_account_of_this_site_that_is_confirmed(talk: Talk) -> None:
    cleo, dan = await member(talk.database, "cleo"), await member(talk.database, "dan")
    zoe = await somebody_elsewhere(talk.database, "zoe")
    await change(talk.database, User, User.id == dan.id, verified=False)
    post = await talk.post(talk.ana, f"Look @dan@{DOMAIN}")
    far = NewComment(post_id=post, body="@cleo is somebody of my own server")
    await talk.database.write(comments.publish, zoe, far, domain=DOMAIN)
    await talk.tell()
    assert [await talk.received(who) for who in (cleo, dan)] == [[], []]
    await talk.comment(talk.ben, post, "@cleo is somebody of ours")
    await talk.tell()
    assert [row.subtype for row in await talk.received(cleo)] == ["comment_mention"]


async def test_a_message_that_was_read_or_deleted_meanwhile_is_not_told(talk: Talk) -> None:
    send = [
        await talk.database.write(messages.send, talk.ana, talk.ben.id, f"Hello {number}", domain=DOMAIN)
        for number in range(3)
    ]
    await talk.database.write(messages.mark, talk.ben, send[0], read=True)
    await talk.database.write(messages.set_deleted, talk.ana, send[1], deleted=True)
    await talk.tell()
    assert len(await talk.received(talk.ben)) == 1


async def test_nobody_hears_of_those_they_blocked_or_of_what_is_gone(talk: Talk) -> None:
    post = await talk.post(talk.ana)
    await talk.comment(talk.ben, post, "Nice cats")
    await talk.database.write(accounts.block, talk.ana, talk.ben.id)
    await talk.tell()
    assert not await talk.received(talk.ana)
    cleo = await member(talk.database, "cleo")
    comment = await talk.comment(cleo, post, "Soon gone")
    await talk.database.write(comments.set_deleted, cleo, comment, deleted=True)
    await talk.tell()
    assert not await talk.received(talk.ana)


async def test_followers_of_a_community_hear_of_a_post(talk: Talk) -> None:
    watch = notifications.watch
    for _ in range(2):
        await talk.database.write(watch, talk.ben.id, notifications.COMMUNITY, talk.cats, "Cats")
    await talk.database.write(watch, talk.ben.id, notifications.USER, talk.ana.id)
    async with talk.database.read() as db:
        assert await db.scalar(select(func.count()).select_from(NotificationSubscription)) == 2
    post = await talk.post(talk.ana)
    await talk.tell()
    (told,) = await talk.received(talk.ben)
    assert (told.subtype, told.post_id, told.title) == ("new_post_from_followed_user", post, "A post")
    await talk.database.write(notifications.unwatch, talk.ben.id, notifications.USER, talk.ana.id)
    await talk.post(talk.ana, "Another")
    await talk.tell()
    assert (await talk.received(talk.ben))[0].subtype == "new_post_in_followed_community"


async def test_a_private_community_is_not_told_of_outside(talk: Talk) -> None:
    cleo = await member(talk.database, "cleo")
    secret = await community(talk.database, talk.ana, "secret", private=True)
    talk.cats = secret
    await talk.post(talk.ana, f"Look @cleo@{DOMAIN}")
    await talk.tell()
    assert not await talk.received(cleo)


async def test_unread_is_counted_by_kind(talk: Talk) -> None:
    post = await talk.post(talk.ana, f"Look @ben@{DOMAIN}")
    comment = await talk.comment(talk.ben, post, "First")
    await talk.comment(talk.ana, post, "Second", parent_id=comment)
    await talk.database.write(communities.set_moderator, talk.ana, talk.cats, talk.ben.id, added=True)
    await talk.tell()
    ben = await viewer_of(talk.database, talk.ben.id)
    assert ben.unread_notifications == 3
    async with talk.database.read() as db:
        assert await notifications.unread_count(db, ben) == UnreadCount(1, 0, 0, 2)
        totals = await notifications.totals(db, ben)
        assert (totals.total, totals.unread, totals.read) == (3, 3, 0)
        (told,) = (await page_of_inbox(db, ben, "replies", CommentSort.NEW, unread_only=True)).comments
        assert not told.read
        assert not (await page_of_inbox(db, ben, "mentions", CommentSort.NEW, unread_only=False)).comments
    await talk.database.write(notifications.mark_comment_read, ben.id, told.comment.id)
    async with talk.database.read() as db:
        assert await notifications.unread_count(db, ben) == UnreadCount(0, 0, 0, 2)
        assert not (await page_of_inbox(db, ben, "replies", CommentSort.NEW, unread_only=True)).comments


async def test_marking_is_one_s_own_and_keeps_the_counter(talk: Talk) -> None:
    post = await talk.post(talk.ana)
    for number in range(3):
        await talk.comment(talk.ben, post, f"Comment {number}")
    await talk.tell()
    newest = (await talk.received(talk.ana))[0]
    for stranger in (newest.id, 0, 2**40):
        with pytest.raises(NotFound):
            await talk.database.write(notifications.mark, talk.ben, stranger, read=True)
    for read in (True, True, False, True):
        await talk.database.write(notifications.mark, talk.ana, newest.id, read=read)
        assert (await talk.received(talk.ana))[0].read == read
    async with talk.database.read() as db:
        page = await notifications.listing(db, talk.ana, status=NotificationStatus.UNREAD, size=1)
        assert (len(page.notifications), page.has_more) == (1, True)
        assert (
            len((await notifications.listing(db, talk.ana, status=NotificationStatus.READ)).notifications)
            == 1
        )
        assert (await notifications.notification_by_id(db, talk.ana, newest.id)).id == newest.id
    await talk.database.write(notifications.mark_all_read, talk.ana)
    assert all(row.read for row in await talk.received(talk.ana))


async def test_what_arrives_while_all_is_marked_read_stays_unread_and_counted(talk: Talk) -> None:
    news = News(
        kind=notifications.REPORT, subtype="test", title="x", url="/", author_id=talk.ben.id, targets={"n": 1}
    )
    told, go_on = asyncio.Event(), asyncio.Event()

    async def tell_slowly(session: AsyncSession) -> None:
        await notifications.tell(session, [talk.ana.id], news)
        told.set()
        await go_on.wait()

    await talk.database.write(notifications.tell, [talk.ana.id, talk.ben.id], news)
    telling = asyncio.create_task(talk.database.write(tell_slowly))
    await told.wait()
    marking = asyncio.create_task(talk.database.write(notifications.mark_all_read, talk.ana))
    await _until_somebody_waits(talk.database)
    go_on.set()
    await asyncio.gather(telling, marking)
    assert [row.read for row in await talk.received(talk.ana)] in ([False, True], [True, True])
    assert not await talk.received(talk.ben)


async def _until_somebody_waits(database: Database) -> None:
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    async with asyncio.timeout(10):
        while True:
            async with database.read() as db:
                if await db.scalar(waiting):
                    return


def test_what_was_kept_in_english_is_said_in_the_reader_s_language() -> None:
    class Loud(NullTranslations):
        def gettext(self, message: str) -> str:
            return f"¡{message}!"

    spanish = Language("es", Locale("es"), Loud())
    place = "cats: & %(place)s %s\n50 %"
    for subtype, sentences in words.SENTENCES.items():
        for sentence in sentences:
            values = dict.fromkeys(sentence.values, place)
            kept = str(words.filled(sentence, **values))
            shown = words.understood(subtype, shorten(kept, TITLE_LENGTH))
            with speaking(spanish):
                assert said(shown) == f"¡{kept}!", subtype
    assert words.understood("post_removed", "Whatever PieFed says") == "Whatever PieFed says"
    assert words.understood("no such subtype", "New registration") == "New registration"
