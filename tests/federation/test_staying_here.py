"""What is done on this site and is for this site alone: nothing is said of it (scenarios 81, 99 and 124)."""

import pytest

from service.forum.comments import operations as comments
from service.forum.comments.operations import NewComment
from service.forum.communities import operations as communities
from service.forum.messages import operations as messages
from service.forum.posts import operations as posts
from service.forum.posts.operations import NewPost
from service.forum.reports import operations as reports
from service.forum.reports.operations import Complaint
from service.forum.votes import vote_on_post
from service.storage.tables import Comment, CommunityMember, Post
from service.storage.transaction import Database
from tests.federation.test_speaking import INBOX, Talk, talk
from tests.forum.elsewhere import far_community, stranger
from tests.forum.making import DOMAIN, add, administrator, community, member

__all__ = ["talk"]

WHY = {"reason": "spam"}


@pytest.mark.scenario(81)
async def test_what_an_administrator_does_to_a_community_elsewhere_is_not_sent_there(
    talk: Talk, database: Database
) -> None:
    boss = await administrator(database)
    ben = await stranger(database, "ben", ap_inbox_url=INBOX)
    place = await far_community(database, "dogs", ap_inbox_url=INBOX)
    where = {"community_id": place, "user_id": ben.id, "instance_id": ben.instance_id}
    await add(database, Post(id=7, title="A fine day", ap_id="https://far.example/post/7", status=1, **where))
    await add(
        database,
        Comment(
            id=8, post_id=7, body="Hm", path=[0, 8], root_id=8, ap_id="https://far.example/comment/8", **where
        ),
    )
    done = (
        (posts.set_locked, 7, {"locked": True, **WHY}, "Lock"),
        (posts.set_pinned, 7, {"pinned": True}, "Add"),
        (comments.set_removed, 8, {"removed": True, **WHY}, "Delete"),
        (comments.set_removed, 8, {"removed": False}, "Undo/Delete"),
        (posts.set_removed, 7, {"removed": True, **WHY}, "Delete"),
        (posts.set_removed, 7, {"removed": False}, "Undo/Delete"),
    )
    for operation, thing, options, _ in done:
        assert await talk.after(operation, boss, thing, **options) == [], operation
    # Who moderates there does it for everybody.
    await talk.after(posts.set_locked, boss, 7, locked=False)
    await talk.after(posts.set_pinned, boss, 7, pinned=False)
    await add(database, CommunityMember(user_id=boss.id, community_id=place, is_moderator=True))
    for operation, thing, options, kind in done:
        (one,) = await talk.after(operation, boss, thing, **options)
        assert (one.kind, one.inboxes) == (kind, [INBOX])


@pytest.mark.scenario(99)
async def test_a_report_of_a_letter_is_told_to_nobody(talk: Talk, database: Database) -> None:
    boss, ana = await administrator(database), await member(database, "ana")
    carl = await stranger(database, "carl", ap_inbox_url=INBOX, verified=True)
    letter = await database.write(messages.send, carl, ana.id, "Buy now", domain=DOMAIN)
    complaint = Complaint(reason="spam")
    assert await talk.after(reports.report_message, ana, letter, complaint) == []
    assert await talk.after(reports.set_resolved, boss, 1, resolved=True) == []


@pytest.mark.scenario(124)
async def test_a_community_that_closes_itself_off_says_nothing_more(talk: Talk, database: Database) -> None:
    ana, ben = await member(database, "ana"), await member(database, "ben")
    place = await community(database, ana)
    new = NewPost(community_id=place, title="A fine day")
    (created,) = await talk.after(posts.publish, ana, new, domain=DOMAIN)
    assert created.community_id == place
    (farewell,) = await talk.after(communities.edit, ana, place, {"local_only": True}, domain=DOMAIN)
    assert (farewell.kind, farewell.community_id) == ("Announce/Delete", place)
    assert farewell.inner["object"] == f"https://{DOMAIN}/c/cats"
    for operation, who, thing, options in (
        (posts.publish, ben, NewPost(community_id=place, title="Among us"), {"domain": DOMAIN}),
        (comments.publish, ben, NewComment(post_id=1, body="Hi"), {"domain": DOMAIN}),
        (vote_on_post, ben, 1, {"vote": 1}),
        (posts.set_deleted, ana, 1, {"deleted": True}),
    ):
        assert await talk.after(operation, who, thing, **options) == [], operation
    assert await talk.after(communities.edit, ana, place, {"title": "For us"}, domain=DOMAIN) == []
    back, update = await talk.after(communities.edit, ana, place, {"local_only": False}, domain=DOMAIN)
    assert (back.kind, back.inner["object"]["id"]) == ("Announce/Undo/Delete", farewell.inner["id"])
    assert update.kind == "Announce/Update/Group"
