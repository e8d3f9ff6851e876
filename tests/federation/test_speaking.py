"""What happens here is said to those whom it is for, and to nobody else, by the forum's own operations."""

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from service.federation.speak.drain import Drained, drain
from service.forum import events, votes
from service.forum.accounts import operations as accounts
from service.forum.comments import operations as comments
from service.forum.comments.operations import NewComment
from service.forum.communities import operations as communities
from service.forum.messages import operations as messages
from service.forum.moderation.content import remove_some_content
from service.forum.posts import operations as posts
from service.forum.posts.choices import PostType
from service.forum.posts.operations import NewPost
from service.forum.reports import operations as reports
from service.forum.reports.operations import Complaint
from service.storage.outbox import FEDERATION, record
from service.storage.tables import (
    Comment,
    Community,
    CommunityMember,
    Instance,
    OutboxEvent,
    Poll,
    PollChoice,
    Post,
    User,
    UserFollower,
)
from service.storage.transaction import Database
from tests.forum.elsewhere import change, far_community, stranger
from tests.forum.making import DOMAIN, add, administrator, community, member, viewer_of

INBOX = "https://far.example/inbox"


class Said(dict[str, Any]):
    """A row of the log: its document, and to whom it goes."""

    kind: str
    signer: str
    lane: str
    community_id: int | None
    everybody: bool
    inboxes: list[str]

    @property
    def inner(self) -> dict[str, Any]:
        """What is announced."""
        found: dict[str, Any] = self["object"]
        return found


class Talk:
    """A site on which things happen, and what it says of them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._heard = 0

    async def said(self) -> list[Said]:
        """What was said since this was asked last."""
        while (await self.database.write(drain, DOMAIN)).events:
            pass
        statement = text("""
            SELECT id, kind, signer_kind, signer_id, lane, community_id, to_everybody, body,
                   ARRAY(SELECT inbox FROM pieloop.addressed WHERE activity_id = sent.id ORDER BY inbox) AS inboxes
            FROM pieloop.sent_activity sent WHERE id > :heard ORDER BY id
        """)
        async with self.database.read() as db:
            rows = (await db.execute(statement, {"heard": self._heard})).all()
        return [self._read(row) for row in rows]

    def _read(self, row: Any) -> Said:
        self._heard = row.id
        said = Said(json.loads(row.body))
        said.kind, said.lane, said.inboxes = row.kind, row.lane, list(row.inboxes)
        said.signer, said.community_id, said.everybody = row.signer_kind, row.community_id, row.to_everybody
        return said

    async def after(self, operation: Any, *args: Any, **options: Any) -> list[Said]:
        """What is said after an operation."""
        await self.said()
        await self.database.write(operation, *args, **options)
        return await self.said()


@pytest.fixture
def talk(database: Database) -> Talk:
    return Talk(database)


@pytest.mark.scenario(29)
async def test_what_happens_in_a_community_of_ours_is_announced_by_it(talk: Talk, database: Database) -> None:
    ana, ben = await member(database, "ana"), await member(database, "ben")
    place = await community(database, ana)
    new = NewPost(community_id=place, title="A fine day", body="Hello")
    (created,) = await talk.after(posts.publish, ben, new, domain=DOMAIN)
    assert (created.kind, created.signer, created.community_id) == (
        "Announce/Create/Page",
        "community",
        place,
    )
    assert created["cc"] == [f"https://{DOMAIN}/c/cats/followers"]
    assert "@context" not in created.inner
    page = created.inner["object"]
    ((post,),) = await rows(database, "SELECT id FROM post")
    assert (page["name"], page["attributedTo"]) == ("A fine day", f"https://{DOMAIN}/u/ben")

    up, down, none = [(await talk.after(votes.vote_on_post, ana, post, effect))[0] for effect in (1, -1, 0)]
    assert [one.kind for one in (up, down, none)] == [
        "Announce/Like",
        "Announce/Dislike",
        "Announce/Undo/Dislike",
    ]
    assert none.inner["object"]["id"] == down.inner["id"]  # the Undo names what it takes back
    assert up.inner["actor"] == f"https://{DOMAIN}/u/ana"
    assert {one.lane for one in (up, down, none)} == {f"p{post}/v{ana.id}"}

    (reply,) = await talk.after(comments.publish, ana, NewComment(post_id=post, body="Hi"), domain=DOMAIN)
    assert (reply.kind, reply.lane) == ("Announce/Create/Note", f"p{post}/1")
    assert reply.inner["object"]["inReplyTo"] == page["id"]
    elsewhere = "https://dogs.example/comment/9"
    ((said,),) = await rows(database, "SELECT id FROM post_reply")
    await change(database, Comment, Comment.id == said, ap_id=elsewhere)
    answer = NewComment(post_id=post, parent_id=said, body="Hi, too")
    (below,) = await talk.after(comments.publish, ben, answer, domain=DOMAIN)
    assert below.inner["object"]["inReplyTo"] == elsewhere, "an address that its own server gave it"

    for operation, options, kinds in (
        (posts.set_locked, {"locked": True, "reason": "heated"}, "Announce/Lock"),
        (posts.set_locked, {"locked": False}, "Announce/Undo/Lock"),
        (posts.set_pinned, {"pinned": True}, "Announce/Add"),
        (posts.set_pinned, {"pinned": False}, "Announce/Remove"),
        (posts.set_removed, {"removed": True, "reason": "spam"}, "Announce/Delete"),
        (posts.set_removed, {"removed": False}, "Announce/Undo/Delete"),
    ):
        *for_microblogs, one = await talk.after(operation, ana, post, **options)
        assert [other.kind for other in for_microblogs] == [f"{kinds}+microblogs"] * (
            kinds == "Announce/Delete"
        )
        assert one.kind == kinds
        assert one.inner["actor"] == f"https://{DOMAIN}/u/ana"
        if kinds == "Announce/Delete":
            assert one.inner["summary"] == "spam"
            removal = one
        if kinds == "Announce/Undo/Delete":
            assert one.inner["object"]["id"] == removal.inner["id"]
    (gone,) = await talk.after(posts.set_deleted, ben, post, deleted=True)
    assert "summary" not in gone.inner


@pytest.mark.scenario(18, 22, 30)
async def test_what_is_done_elsewhere_goes_to_that_community_alone(talk: Talk, database: Database) -> None:
    ana = await member(database, "ana")
    place = await far_community(database, "dogs", ap_inbox_url=INBOX)
    (asked,) = await talk.after(communities.join, ana, place)
    assert (asked.kind, asked.inboxes, asked.signer) == ("Follow", [INBOX], "person")
    (request,) = await rows(database, "SELECT uuid FROM community_join_request")
    assert asked["id"] == f"https://{DOMAIN}/activities/follow/{request[0]}"
    await add(database, CommunityMember(user_id=ana.id, community_id=place))
    created = await talk.after(
        posts.publish, ana, NewPost(community_id=place, title="A fine day"), domain=DOMAIN
    )
    assert [(one.kind, one.inboxes, one.community_id) for one in created] == [("Create/Page", [INBOX], None)]
    (voted,) = await talk.after(votes.vote_on_post, ana, 1, -1)
    assert (voted.kind, voted.inboxes) == ("Dislike", [INBOX])
    await change(database, CommunityMember, CommunityMember.community_id == place, is_owner=False)
    (left,) = await talk.after(communities.leave, ana, place)
    assert (left.kind, left["object"]["id"]) == ("Undo/Follow", asked["id"])


@pytest.mark.scenario(121)
async def test_nothing_leaves_a_place_that_keeps_to_itself(talk: Talk, database: Database) -> None:
    ana, ben = await member(database, "ana"), await member(database, "ben")
    place = await community(database, ana)
    await change(database, Community, Community.id == place, local_only=True)
    new = NewPost(community_id=place, title="A fine day")
    assert await talk.after(posts.publish, ana, new, domain=DOMAIN) == []
    reply = NewComment(post_id=1, body="Hi")
    assert await talk.after(comments.publish, ana, reply, domain=DOMAIN) == []
    assert await talk.after(votes.vote_on_post, ben, 1, 1) == []
    assert await talk.after(posts.set_locked, ana, 1, locked=True, reason="x") == []
    assert await talk.after(communities.ban_member, ana, place, ben.id, reason="spam") == []
    assert await talk.after(posts.set_removed, ana, 1, removed=True, reason="x") == []


@pytest.mark.scenario(67)
async def test_private_votes_are_not_told(talk: Talk, database: Database) -> None:
    ana = await member(database, "ana")
    place = await community(database, ana)
    await change(database, User, User.id == ana.id, vote_privately=True)
    ana = await viewer_of(database, ana.id)
    await talk.after(posts.publish, ana, NewPost(community_id=place, title="A fine day"), domain=DOMAIN)
    assert await talk.after(votes.vote_on_post, ana, 1, -1) == []


@pytest.mark.scenario(24, 153)
async def test_microblogs_that_follow_an_author_or_are_named_get_a_note(
    talk: Talk, database: Database
) -> None:
    ana = await member(database, "ana")
    place = await community(database, ana)
    fan = await stranger(database, "fan", ap_inbox_url="https://toot.example/inbox")
    named = await stranger(database, "carl", ap_inbox_url=INBOX)
    await add(database, UserFollower(local_user_id=ana.id, remote_user_id=fan.id, is_accepted=True))
    friend = await stranger(database, "mia", ap_inbox_url="https://both.example/inbox")
    await database.write(accounts.receive_follow, friend, ana.id, follow_id="https://both.example/1")
    await database.write(accounts.follow, ana, friend.id)  # each follows the other
    await talk.said()
    new = NewPost(community_id=place, title="A fine day", body="with @carl@far.example")
    note, announced = await talk.after(posts.publish, ana, new, domain=DOMAIN)
    assert announced.community_id == place
    assert (note.kind, note.inboxes) == (
        "Create/Note+microblogs",
        ["https://both.example/inbox", INBOX, "https://toot.example/inbox"],
    )
    assert "A fine day" in note["object"]["content"]
    assert named.id

    reply = NewComment(post_id=1, body="and @carl@far.example")
    direct, announced = await talk.after(comments.publish, ana, reply, domain=DOMAIN)
    assert (direct.kind, direct.inboxes) == ("Create/Note", [INBOX])
    assert direct["id"] == announced.inner["id"]
    assert "carl@far.example" in json.dumps(direct["object"]["tag"])


@pytest.mark.scenario(58, 60, 153)
async def test_microblogs_hear_of_a_like_from_who_likes(talk: Talk, database: Database) -> None:
    ana = await member(database, "ana")
    place = await community(database, ana)
    mia = await stranger(database, "mia", ap_inbox_url=INBOX)
    values = {"user_id": mia.id, "community_id": place, "instance_id": 1}
    await add(database, Post(id=7, title="Hello", ap_id="https://far.example/1", type=2, **values))
    wanted = {1: ["Like"], -1: ["Undo/Like"], 0: []}
    for effect in (1, -1, 0, 1, 0):
        announced, *direct = await talk.after(votes.vote_on_post, ana, 7, effect)
        assert announced.community_id == place
        assert [one.kind for one in direct] == [f"{kind}+microblogs" for kind in wanted[effect]]
        for one in direct:
            like = one["object"] if one["type"] == "Undo" else one
            assert (one.inboxes, one["actor"], like["object"]) == (
                [INBOX],
                announced.inner["actor"],
                "https://far.example/1",
            )
        wanted[0] = ["Undo/Like"] if effect == 1 else []
    own = await database.write(posts.publish, ana, NewPost(community_id=place, title="Mine"), domain=DOMAIN)
    ben = await member(database, "ben")
    assert [one.kind for one in await talk.after(votes.vote_on_post, ben, own.post_id, 1)] == [
        "Announce/Like"
    ]


@pytest.mark.scenario(108)
async def test_a_choice_in_a_poll_goes_to_its_home_in_both_forms(talk: Talk, database: Database) -> None:
    ana = await member(database, "ana")
    place = await community(database, ana)
    asker = await stranger(database, "asker", ap_inbox_url=INBOX)
    url = "https://far.example/polls/1"
    poll = Post(id=7, user_id=asker.id, community_id=place, title="Which?", type=5, ap_id=url, instance_id=1)
    await add(database, poll)
    await add(database, Poll(post_id=7, mode="single"), PollChoice(id=3, post_id=7, choice_text="Red"))
    voted = events.PollVoted(post_id=7, account_id=ana.id, choice_ids=[3])
    vote, note = await talk.after(record, voted)
    assert (vote.kind, vote.inboxes, vote["choice_text"]) == ("PollVote", [INBOX], "Red")
    assert (note.kind, note.inboxes, note["to"]) == (
        "Create/Note+microblogs",
        [INBOX],
        ["https://far.example/u/asker"],
    )
    assert (note["object"]["name"], note["object"]["inReplyTo"]) == ("Red", url)


@pytest.mark.scenario(97, 127)
async def test_accounts_speak_to_everybody_and_bans_are_told(talk: Talk, database: Database) -> None:
    boss, ben = await member(database, "ana"), await member(database, "ben")
    await add(database, Instance(id=9, domain="far.example", inbox=INBOX))
    place = await community(database, boss)
    (changed,) = await talk.after(accounts.edit, ben, {"bot": True}, domain=DOMAIN)
    banned = await talk.after(communities.ban_member, boss, place, ben.id, reason="spam")
    assert [(one.kind, one.community_id) for one in banned] == [("Announce/Block", place)]
    assert banned[0].inner["target"] == f"https://{DOMAIN}/c/cats"
    lifted = await talk.after(communities.unban_member, boss, place, ben.id)
    assert lifted[0].inner["object"]["id"] == banned[0].inner["id"]
    events_of_sanctions = (
        events.AccountBanned(account_id=ben.id, by_id=boss.id, banned=True, reason="spam"),
        events.AccountDeleted(account_id=ben.id, deleted_by=None, removes_content=True),
    )
    (blocked,) = await talk.after(record, events_of_sanctions[0])
    assert (blocked.kind, blocked.everybody, blocked["target"]) == ("Block", True, f"https://{DOMAIN}/")
    eve = await stranger(database, "eve")  # what she wrote in places of ours has to go elsewhere, too
    for is_banned, kind in ((True, "Block"), (False, "Undo/Block")):
        news = events.AccountBanned(account_id=eve.id, by_id=boss.id, banned=is_banned, removes_content=True)
        (told,) = await talk.after(record, news)
        assert (told.kind, told.everybody) == (kind, True)
        block = told if is_banned else told["object"]
        assert (block["target"], block["removeData"]) == (f"https://{DOMAIN}/", True)
    assert told["restoreData"] is True
    (farewell,) = await talk.after(record, events_of_sanctions[1])
    assert (farewell.kind, farewell.everybody, farewell["object"]) == (
        "Delete",
        True,
        f"https://{DOMAIN}/u/ben",
    )
    assert farewell["removeData"] is True
    assert (changed.kind, changed.everybody) == ("Update/Service", True)


@pytest.mark.scenario(97, 153)
async def test_microblogs_hear_of_each_thing_that_a_ban_takes_along(talk: Talk, database: Database) -> None:
    """In its author's name; other servers hear of the ban. When it comes back, nobody can be told."""
    boss, ben = await administrator(database), await member(database, "ben")
    place = await community(database, boss)
    post = await database.write(posts.publish, ben, NewPost(community_id=place, title="Hello"), domain=DOMAIN)
    new = NewComment(post_id=post.post_id, body="Hi")
    await database.write(comments.publish, ben, new, domain=DOMAIN)
    purge = {"account_id": ben.id, "by_id": boss.id, "reason": "spam"}
    gone = await talk.after(remove_some_content, purge)
    assert [one.kind for one in gone] == ["Announce/Delete+microblogs"] * 2
    assert [one.inner["actor"] for one in gone] == [f"https://{DOMAIN}/u/ben"] * 2
    assert len({one.inner["object"] for one in gone}) == 2
    assert await talk.after(remove_some_content, purge | {"undoes": boss.id}) == []
    assert await rows(database, "SELECT deleted FROM post UNION SELECT deleted FROM post_reply") == [(False,)]
    first, second = await talk.after(posts.set_removed, boss, post.post_id, removed=True, reason="spam")
    assert (first.kind, first.inner["actor"]) == ("Announce/Delete+microblogs", f"https://{DOMAIN}/u/ben")
    assert (second.kind, second.inner["summary"]) == ("Announce/Delete", "spam")


@pytest.mark.scenario(101)
async def test_private_messages_go_to_one_inbox_in_the_form_that_is_read_there(
    talk: Talk, database: Database
) -> None:
    ana = await member(database, "ana")
    await add(database, Instance(id=9, domain="far.example", software="Lemmy"))
    url = "https://far.example/u/carl"
    there = await stranger(database, "carl", ap_inbox_url=INBOX, ap_public_url=url, verified=True)
    said = await talk.after(messages.send, ana, there.id, "Hello", domain=DOMAIN)
    assert [(one.kind, one.inboxes, one.everybody) for one in said] == [
        ("Create/ChatMessage", [INBOX], False)
    ]
    assert said[0]["to"] == [url]


async def test_what_a_post_ought_to_have_and_has_not_is_left_out(talk: Talk, database: Database) -> None:
    """Rows that PieFed left half, or that somebody deleted: of a poll, an event, a picture, a link, a server."""
    ana = await member(database, "ana")
    place = await community(database, ana)
    there = await stranger(database, "carl", ap_inbox_url=INBOX)
    await database.write(communities.join, there, place)
    bare = {"community_id": place, "user_id": ana.id, "title": "A fine day", "status": 1, "deleted": False}
    for at, kind in enumerate(
        (PostType.POLL, PostType.EVENT, PostType.IMAGE, PostType.LINK, PostType.VIDEO, None)
    ):
        post = Post(type=kind, ap_id=f"https://{DOMAIN}/post/{at}", instance_id=1, **bare)
        await add(database, post)
        changes: tuple[Any, ...] = (
            events.PostPublished(post_id=post.id),
            events.PostEdited(post_id=post.id),
            events.PostDeleted(post_id=post.id, by_id=ana.id, deleted=True),
        )
        said = [one for event in changes for one in await talk.after(record, event)]
        assert {one.inner["type"] for one in said} == {"Create", "Update", "Delete"}, kind
        assert not any(value is None for one in said for value in _values(one)), kind
    assert await rows(database, "SELECT 1 FROM pieloop.outbox WHERE topic = 'federation'") == []


def _values(document: Any) -> Iterator[Any]:
    yield document
    for value in (
        document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
    ):
        yield from _values(value)


@pytest.mark.scenario(93)
async def test_a_report_goes_to_the_home_of_who_wrote_what_it_is_about(
    talk: Talk, database: Database
) -> None:
    """Whatever the columns say in which a server is named: of the thing, of the community, of who reports."""
    ana = await member(database, "ana")
    here = await community(database, ana)
    author = await stranger(database, "carl", ap_inbox_url=INBOX)
    elsewhere = await stranger(
        database, "zoe", host="third.example", ap_inbox_url="https://third.example/inbox"
    )
    place = await far_community(
        database, "dogs", host="third.example", ap_inbox_url="https://third.example/inbox"
    )
    complaint = Complaint(reason="spam")
    for instance_id, community_id in itertools.product(
        (author.instance_id, elsewhere.instance_id, 1, None), (1, place)
    ):
        by = {"user_id": author.id, "instance_id": instance_id, "community_id": community_id}
        post = Post(title="A fine day", ap_id=f"https://far.example/{instance_id}/{community_id}", **by)
        await add(database, post)
        comment = Comment(post_id=post.id, body="Hi", ap_id=f"{post.ap_id}/c", path=[0], **by)
        await add(database, comment)
        filed = [
            *await talk.after(reports.report_post, ana, post.id, complaint),
            *await talk.after(reports.report_comment, ana, comment.id, complaint),
        ]
        homes = [INBOX] if community_id == here else [INBOX, "https://third.example/inbox"]
        assert [(one.kind, one.inboxes) for one in filed] == [("Flag", homes)] * 2, by


async def test_what_cannot_be_said_keeps_nothing_else_from_being_said(talk: Talk, database: Database) -> None:
    ana = await member(database, "ana")
    await talk.said()

    await add(database, OutboxEvent(topic=FEDERATION, kind="Nonsense", payload={}))
    await database.write(record, events.ProfileChanged(account_id=ana.id))
    done = await database.write(drain, DOMAIN)
    assert done == Drained(events=1, activities=1, failed=1)
    assert await rows(database, "SELECT attempts, parked_at FROM pieloop.outbox") == [(1, None)]


async def test_a_site_that_keeps_to_itself_says_nothing(database: Database) -> None:
    ana = await member(database, "ana")
    await database.write(record, events.ProfileChanged(account_id=ana.id))
    assert await database.write(drain, DOMAIN, speaks=False) == Drained(events=1)
    assert await rows(database, "SELECT 1 FROM pieloop.outbox WHERE topic = 'federation'") == []
    assert await rows(database, "SELECT 1 FROM pieloop.sent_activity") == []


async def rows(database: Database, statement: str) -> list[tuple[Any, ...]]:
    async with database.read() as db:
        return [tuple(row) for row in await db.execute(text(statement))]
