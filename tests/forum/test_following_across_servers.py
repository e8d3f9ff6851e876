"""Joining communities, following people and feeds: asked by one server, answered by another."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import notifications
from service.forum.accounts import operations as accounts
from service.forum.accounts.author import Author
from service.forum.accounts.viewer import Viewer
from service.forum.communities import operations as communities
from service.forum.errors import ForumError, NotFound
from service.forum.events import (
    FeedFollowed,
    FollowAnswered,
    MembershipChanged,
    PersonFollowed,
)
from service.forum.feeds import operations as feeds
from service.forum.feeds.operations import NewFeed
from service.storage.tables import (
    Community,
    CommunityBan,
    CommunityJoinRequest,
    CommunityMember,
    Feed,
    FeedItem,
    FeedMember,
    Notification,
    User,
    UserBlock,
    UserFollower,
    UserFollowRequest,
)
from service.storage.tables.own import OutboxEvent
from service.storage.transaction import Database
from tests.forum.elsewhere import HOST, author, change, far_community, rows, stranger, told, told_after
from tests.forum.making import DOMAIN, KEYS, community, member

FOLLOW = f"https://{HOST}/activities/follow/1"


def answer(followed: Any, of: int, to: Author, accepted: bool, follow: str | None = FOLLOW) -> FollowAnswered:
    return FollowAnswered(
        followed=followed, followed_id=of, account_id=to.id, follow=follow, accepted=accepted
    )


async def test_people_from_elsewhere_join_at_once_and_are_answered_each_time(database: Database) -> None:
    zoe, place = await stranger(database, "zoe"), await community(database, await member(database, "ana"))
    for _ in range(2):
        heard = await told_after(database, communities.receive_follow, zoe, place, follow_id=FOLLOW)
        assert heard == [answer("community", place, zoe, True)]
    assert await rows(
        database, select(Community.subscriptions_count, Community.total_subscriptions_count)
    ) == [(2, 2)]
    assert await told_after(database, communities.leave, zoe, place) == []
    assert await rows(database, select(Community.total_subscriptions_count)) == [1]


async def test_who_is_not_let_in_is_told_so(database: Database) -> None:
    ana, zoe = await member(database, "ana"), await stranger(database, "zoe")
    closed: dict[str, dict[str, Any]] = {
        "invited": {"invitations": 3},
        "private": {"private": True},
        "hidden": {"local_only": True},
        "gone": {"banned": True},
    }
    for name, values in closed.items():
        place = await community(database, ana, name)
        await change(database, Community, Community.id == place, **values)
        heard = await told_after(database, communities.receive_follow, zoe, place, follow_id=FOLLOW)
        assert heard == [answer("community", place, zoe, False)], name
    place, banned = await community(database, ana), await stranger(database, "max", banned=True)

    async def ban(session: AsyncSession) -> None:
        session.add(CommunityBan(user_id=zoe.id, community_id=place, banned_by=ana.id))

    await database.write(ban)
    for by in (zoe, banned):
        assert await told_after(database, communities.receive_follow, by, place, follow_id=FOLLOW) == [
            answer("community", place, by, False)
        ]
    far = await far_community(database, "dogs")
    assert await told_after(database, communities.receive_follow, zoe, far, follow_id=FOLLOW) == [
        answer("community", far, zoe, False)
    ]
    assert (
        await rows(database, select(CommunityMember.user_id).where(CommunityMember.user_id == zoe.id)) == []
    )


async def _ask(database: Database, viewer: Viewer, place: int) -> UUID:
    (asked,) = await told_after(database, communities.join, viewer, place)
    assert isinstance(asked, MembershipChanged)
    assert asked.request is not None
    return asked.request


async def test_a_membership_elsewhere_waits_for_the_answer(database: Database) -> None:
    ana, place = await member(database, "ana"), await far_community(database, "dogs")
    members = select(CommunityMember.user_id)

    async def settle(accepted: bool, **who: Any) -> bool:
        return await database.write(communities.settle_request, place, accepted=accepted, **who)

    assert not await settle(True, account_id=ana.id)  # nobody asked
    assert not await settle(True, request_id=uuid4())
    request = await _ask(database, ana, place)
    assert await rows(database, members) == []
    other = await far_community(database, "cows")
    assert not await database.write(communities.settle_request, other, accepted=True, request_id=request)
    assert await settle(True, request_id=request)
    assert await rows(database, members) == [ana.id]
    assert not await settle(True, account_id=ana.id)
    assert await rows(database, select(CommunityJoinRequest.id)) == []
    assert await settle(False, account_id=ana.id)  # put out again
    assert await rows(database, members) == []
    assert await rows(database, select(Community.subscriptions_count).where(Community.id == place)) == [0]


async def test_a_refusal_ends_the_request_and_is_told(database: Database) -> None:
    ana, place = await member(database, "ana"), await far_community(database, "dogs")
    await _ask(database, ana, place)
    assert await database.write(communities.settle_request, place, accepted=False, account_id=ana.id)
    assert await rows(database, select(CommunityJoinRequest.id)) == []
    refusal = select(OutboxEvent.payload).where(OutboxEvent.kind == "MembershipRefused")
    (payload,) = await rows(database, refusal)
    await database.write(notifications.consume, "MembershipRefused", payload, domain=DOMAIN)
    assert await rows(database, select(Notification.user_id, Notification.subtype)) == [
        (ana.id, "membership_refused")
    ]


async def test_a_request_is_withdrawn_under_its_own_identifier(database: Database) -> None:
    ana, place = await member(database, "ana"), await far_community(database, "dogs")
    request = await _ask(database, ana, place)
    assert await told_after(database, communities.leave, ana, place) == [
        MembershipChanged(community_id=place, account_id=ana.id, step="left", request=request)
    ]


async def test_following_a_person_elsewhere(database: Database) -> None:
    ana, zoe = await member(database, "ana"), await stranger(database, "zoe")
    assert not await database.write(accounts.settle_follow, zoe, ana.id, accepted=True)
    (asked,) = await told_after(database, accounts.follow, ana, zoe.id)
    assert isinstance(asked, PersonFollowed)
    assert asked.request_id is not None
    assert not await database.write(accounts.follow, ana, zoe.id)
    assert await database.write(accounts.settle_follow, zoe, ana.id, accepted=True)
    assert await database.write(accounts.follow, ana, zoe.id)
    assert await rows(database, select(UserFollower.is_accepted, UserFollower.is_inward)) == [(True, False)]
    assert await told_after(database, accounts.unfollow, ana, zoe.id) == [
        PersonFollowed(account_id=ana.id, followed_id=zoe.id, followed=False)
    ]
    await database.write(accounts.follow, ana, zoe.id)
    assert await database.write(accounts.settle_follow, zoe, ana.id, accepted=False)
    assert await rows(database, select(UserFollower.local_user_id)) == []


async def test_being_followed_from_elsewhere(database: Database) -> None:
    ana, zoe = await member(database, "ana"), await stranger(database, "zoe")
    follow = accounts.receive_follow
    for _ in range(2):
        assert await told_after(database, follow, zoe, ana.id, follow_id=FOLLOW) == [
            answer("person", ana.id, zoe, True)
        ]
    assert await rows(database, select(UserFollower.local_user_id, UserFollower.is_inward)) == [
        (ana.id, True)
    ]
    await database.write(accounts.follow, ana, zoe.id)  # and the other way
    await database.write(accounts.settle_follow, zoe, ana.id, accepted=True)
    assert await rows(database, select(UserFollower.is_inward, UserFollower.is_accepted)) == [(None, True)]
    assert await told_after(database, accounts.unfollow, zoe, ana.id) == []
    assert await rows(database, select(UserFollower.is_inward)) == [False]

    async def block(session: AsyncSession) -> None:
        session.add(UserBlock(blocker_id=ana.id, blocked_id=zoe.id))

    await database.write(block)
    assert await told_after(database, follow, zoe, ana.id, follow_id=FOLLOW) == [
        answer("person", ana.id, zoe, False)
    ]


async def test_who_is_blocked_follows_no_longer(database: Database) -> None:
    ana, zoe = await member(database, "ana"), await stranger(database, "zoe")
    await database.write(accounts.receive_follow, zoe, ana.id, follow_id=FOLLOW)
    refused = [answer("person", ana.id, zoe, False, None)]
    assert await told_after(database, accounts.block, ana, zoe.id) == refused
    assert await told_after(database, accounts.block, ana, zoe.id) == []
    assert await rows(database, select(UserFollower.is_inward)) == []


async def test_who_approves_followers_answers_themselves(database: Database) -> None:
    ana = await member(database, "ana")
    await change(database, User, ap_manually_approves_followers=True)
    for name, accepted in (("zoe", True), ("max", False)):
        who = await stranger(database, name)
        assert await told_after(database, accounts.receive_follow, who, ana.id, follow_id=FOLLOW) == []
        answering = accounts.accept_follower if accepted else accounts.refuse_follower
        heard = await told_after(database, answering, ana, who.id)
        assert heard == [answer("person", ana.id, who, accepted, None)]
        follows = select(UserFollower.is_accepted).where(UserFollower.remote_user_id == who.id)
        assert await rows(database, follows) == ([True] if accepted else [])
        with pytest.raises(NotFound):
            await database.write(accounts.accept_follower, ana, who.id)
    assert await rows(database, select(UserFollowRequest.id)) == []


async def _feed(database: Database, owner: Viewer, **values: Any) -> int:
    new = NewFeed(name="pets", title="Pets", keys=KEYS)
    feed = await database.write(feeds.create, owner, new, domain=DOMAIN)
    if values:
        await change(database, Feed, **values)
    return feed


async def test_feeds_are_followed_from_elsewhere(database: Database) -> None:
    zoe, feed = await stranger(database, "zoe"), await _feed(database, await member(database, "ana"))
    for _ in range(2):
        heard = await told_after(database, feeds.receive_follow, zoe, feed, follow_id=FOLLOW)
        assert heard == [answer("feed", feed, zoe, True)]
    assert await rows(database, select(Feed.subscriptions_count)) == [2]
    assert await told_after(database, feeds.unfollow, zoe, feed) == []
    assert await rows(database, select(Feed.subscriptions_count)) == [1]
    await change(database, Feed, public=False)
    assert await told_after(database, feeds.receive_follow, zoe, feed, follow_id=FOLLOW) == [
        answer("feed", feed, zoe, False)
    ]


async def test_a_feed_elsewhere_is_asked_and_brings_its_communities(database: Database) -> None:
    owner, ben = await member(database, "ana"), await member(database, "ben")
    here, far = await community(database, owner), await far_community(database, "dogs")
    feed = await _feed(database, owner, ap_id=f"pets@{HOST}")

    async def fill(session: AsyncSession) -> None:
        session.add_all(FeedItem(feed_id=feed, community_id=id_) for id_ in (here, far))

    await database.write(fill)
    (asked,) = await told_after(database, feeds.follow, ben, feed)
    assert isinstance(asked, FeedFollowed)
    assert asked.step == "asked"
    assert await told_after(database, feeds.unfollow, ben, feed) == [
        FeedFollowed(feed_id=feed, account_id=ben.id, step="left", request=asked.request)
    ]
    (asked,) = await told_after(database, feeds.follow, ben, feed)
    assert isinstance(asked, FeedFollowed)
    assert await database.write(feeds.settle_request, feed, accepted=True, request_id=asked.request)
    joined = [event for event in await told(database) if isinstance(event, MembershipChanged)]
    assert [(event.community_id, event.step) for event in joined] == [(here, "joined"), (far, "asked")]
    assert await database.write(feeds.settle_request, feed, accepted=False, account_id=ben.id)
    mine = FeedMember.user_id == ben.id
    assert await rows(database, select(FeedMember.id).where(mine)) == []
    assert not await database.write(feeds.settle_request, feed, accepted=False, account_id=ben.id)
    await database.write(feeds.follow, ben, feed)
    for something_changed in (True, False):
        refused = await database.write(feeds.settle_request, feed, accepted=False, account_id=ben.id)
        assert refused is something_changed


async def test_the_banned_ask_for_nothing(database: Database) -> None:
    ana = await member(database, "ana")
    feed, max_ = await _feed(database, ana), await stranger(database, "max", banned=True)
    banned = await author(database, max_.id)
    for operation, of in ((accounts.follow, ana.id), (feeds.follow, feed)):
        with pytest.raises(ForumError):
            await database.write(operation, banned, of)
