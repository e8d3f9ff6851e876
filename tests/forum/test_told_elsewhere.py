"""What other servers are to hear of: the events of the topic "federation", and which acts leave none."""

import ast
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from service.forum import events, votes
from service.forum.accounts import operations as accounts
from service.forum.comments import operations as comments
from service.forum.comments.operations import NewComment
from service.forum.communities import operations as communities
from service.forum.events import (
    CommentDeleted,
    CommentDistinguished,
    CommentModerated,
    CommentVoted,
    Event,
    MemberBanned,
    MembershipChanged,
    PostDeleted,
    PostModerated,
    PostVoted,
    event_of,
)
from service.forum.posts import operations as posts
from service.forum.posts.operations import NewPost
from service.storage import outbox
from service.storage.outbox import FEDERATION
from service.storage.transaction import Database
from tests.forum.elsewhere import far_community, stranger, told, told_after
from tests.forum.making import DOMAIN, community, member, viewer_of

FORUM = Path(__file__).parents[2] / "service" / "forum"
SOON = datetime(2100, 1, 1, 12, 30)


async def test_events_say_what_the_state_does_not_tell_any_more(database: Database) -> None:
    ana, ben = await member(database, "ana"), await member(database, "ben")
    place = await community(database, ana)
    new = NewPost(community_id=place, title="A fine day")
    post = (await database.write(posts.publish, ben, new, domain=DOMAIN)).post_id
    reply = NewComment(post_id=post, body="Hello")
    mine = (await database.write(comments.publish, ben, reply, domain=DOMAIN)).comment_id
    hers = (await database.write(comments.publish, ana, reply, domain=DOMAIN)).comment_id

    async def voted(effect: int) -> list[Event]:
        return await told_after(database, votes.vote_on_post, ana, post, effect)

    assert await voted(-1) == [PostVoted(post_id=post, account_id=ana.id, effect=-1, before=0)]
    assert await voted(1) == [PostVoted(post_id=post, account_id=ana.id, effect=1, before=-1)]
    assert await voted(1) == []
    assert await voted(0) == [PostVoted(post_id=post, account_id=ana.id, effect=0, before=1)]
    assert await told_after(database, votes.vote_on_comment, ben, mine, 0) == [
        CommentVoted(comment_id=mine, account_id=ben.id, effect=0, before=1)
    ]
    for locked, action in ((True, "lock_post"), (False, "unlock_post")):
        event = PostModerated(post_id=post, by_id=ana.id, action=action, reason="heated")
        assert (await told_after(database, posts.set_locked, ana, post, locked=locked, reason="heated")) == [
            event
        ]
    assert await told_after(database, comments.set_locked, ana, mine, locked=True, reason="enough") == [
        CommentModerated(comment_id=mine, by_id=ana.id, action="lock_post_reply", reason="enough")
    ]
    assert await told_after(database, comments.set_distinguished, ana, hers, distinguished=True) == [
        CommentDistinguished(comment_id=hers, by_id=ana.id, distinguished=True)
    ]
    for removed in (True, False):
        assert await told_after(
            database, comments.set_removed, ana, mine, removed=removed, reason="rude"
        ) == [CommentDeleted(comment_id=mine, by_id=ana.id, deleted=removed, removed=True, reason="rude")]
    assert await told_after(database, posts.set_removed, ana, post, removed=True, reason="spam") == [
        PostDeleted(post_id=post, by_id=ana.id, deleted=True, removed=True, reason="spam")
    ]
    await database.write(posts.set_removed, ana, post, removed=False)
    assert await told_after(database, posts.set_deleted, ben, post, deleted=True) == [
        PostDeleted(post_id=post, by_id=ben.id, deleted=True)
    ]
    banned = await told_after(database, communities.ban_member, ana, place, ben.id, reason="spam", until=SOON)
    assert banned == [
        MemberBanned(
            community_id=place, account_id=ben.id, by_id=ana.id, banned=True, reason="spam", until=SOON
        )
    ]


async def test_a_request_is_told_from_a_membership(database: Database) -> None:
    ana, ben = await member(database, "ana"), await member(database, "ben")
    here, far = await community(database, ana), await far_community(database, "dogs")
    assert await told_after(database, communities.join, ben, here) == [
        MembershipChanged(community_id=here, account_id=ben.id, step="joined")
    ]
    (asked,) = await told_after(database, communities.join, ben, far)
    assert isinstance(asked, MembershipChanged)
    assert asked.step == "asked"
    assert asked.request is not None
    (again,) = await told_after(database, communities.join, ben, far)  # the answer may have been lost
    assert isinstance(again, MembershipChanged)
    assert again.request not in {None, asked.request}
    assert await told_after(database, communities.leave, ben, far) == [
        MembershipChanged(community_id=far, account_id=ben.id, step="left", request=again.request)
    ]


async def test_private_votes_stay_here(database: Database) -> None:
    ana = await member(database, "ana")
    await database.write(accounts.edit, ana, {"vote_privately": True}, domain=DOMAIN)
    ana = await viewer_of(database, ana.id)
    new = NewPost(community_id=await community(database, ana), title="A fine day")
    post = (await database.write(posts.publish, ana, new, domain=DOMAIN)).post_id
    for vote in (0, -1, 1):
        assert await told_after(database, votes.vote_on_post, ana, post, vote) == []


async def test_jobs_leave_the_rows_of_the_drain_alone(database: Database) -> None:
    event = PostVoted(post_id=1, account_id=1, effect=1, before=0)
    await database.write(outbox.record, event)
    async with database.read() as db:
        assert list(await outbox.due(db, 100, 60)) == []
    assert await told(database) == [event]


async def test_who_acts_from_elsewhere_has_no_power_over_this_site(database: Database) -> None:
    boss = await stranger(database, "boss", admin=True)
    assert boss.runs_their_site
    assert boss.runs_site_of(boss.instance_id)
    assert not boss.runs_site_of(1)
    powers = [boss.local, boss.runs_the_site, boss.is_admin, boss.is_staff, boss.may("ban users")]
    assert not any(powers)


def test_every_event_survives_the_outbox() -> None:
    given = {
        int: 7,
        str: "word",
        bool: True,
        datetime: SOON,
    }
    for kind in Event.__subclasses__():
        fields = msgspec.structs.fields(kind)
        values = {field.name: given[field.type] for field in fields if field.type in given and field.required}
        try:
            event = kind(**values)
        except TypeError:
            continue  # has a field of another type
        assert event_of(event.kind, msgspec.json.decode(msgspec.json.encode(event.payload()))) == event


def test_whoever_records_says_whether_other_servers_hear_of_it() -> None:
    unsaid = [
        f"{path.relative_to(FORUM)}:{call.lineno}"
        for path in FORUM.rglob("*.py")
        for call, kind in _recordings(ast.parse(path.read_text()))
        if FEDERATION in _topics(kind) and "federate" not in {word.arg for word in call.keywords}
    ]
    assert unsaid == []


def _recordings(tree: ast.Module) -> Iterator[tuple[ast.Call, str]]:
    """Each call of `record`, and the name of the event's class."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.AsyncFunctionDef):
            continue
        named = {
            target.id: node.value
            for node in ast.walk(function)
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "record":
                event = call.args[1]
                made = named.get(event.id) if isinstance(event, ast.Name) else event
                if isinstance(made, ast.Call) and isinstance(made.func, ast.Name):
                    yield call, made.func.id


def _topics(kind: str) -> tuple[str, ...]:
    event = getattr(events, kind, None)
    return event.topics if isinstance(event, type) and issubclass(event, Event) else ()
