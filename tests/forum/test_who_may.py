"""Who may do what to whom, tried at the operations themselves: tables of everybody by everybody, in one database."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import votes
from service.forum.accounts import operations as accounts
from service.forum.accounts.operations import sessions
from service.forum.accounts.rules import FIRST_ACCOUNT
from service.forum.accounts.tokens import hash_of
from service.forum.accounts.viewer import Viewer
from service.forum.comments import operations as comments
from service.forum.comments.operations import NewComment
from service.forum.communities import operations as communities
from service.forum.communities.operations.membership import join_through_feed
from service.forum.feeds import operations as feeds
from service.forum.feeds.choices import Sort
from service.forum.feeds.operations import NewFeed
from service.forum.feeds.queries import page_of_posts
from service.forum.feeds.rules import PostSelection
from service.forum.moderation.content import remove_some_content
from service.forum.posts import operations as posts
from service.forum.posts.operations import NewPost, PostChanges
from service.storage.clock import utcnow
from service.storage.tables import (
    Comment,
    Community,
    CommunityBan,
    CommunityJoinRequest,
    CommunityMember,
    Feed,
    IpBan,
    LoginSession,
    OutboxEvent,
    Post,
    User,
    UserRole,
)
from service.storage.transaction import Database
from tests.forum import making
from tests.forum.making import DOMAIN, KEYS
from tests.forum.who_may import DONE, outcome

# `exile` is banned from the site, and so has no say in anything.
ACTIVE = (
    "owner",
    "mod",
    "other_mod",
    "member",
    "stranger",
    "outcast",
    "fallen_mod",
    "staff",
    "admin",
    "chief",
)
PEOPLE = (*ACTIVE, "exile")
RUN_THE_SITE = {"staff", "admin", "chief"}
ABOVE_MODERATORS = {"owner"} | RUN_THE_SITE
MODERATE = {"owner", "mod", "other_mod"} | RUN_THE_SITE
NO_MORE = {"outcast", "fallen_mod", "exile"}  # banned from the community, as a moderator of it, from the site


class Town:
    """A community and the people around it, by what they are to it. `chief` is the first account.

    Parameters:
        ids: everybody's.
    """

    def __init__(self, database: Database, ids: Mapping[str, int], community: int, post: int) -> None:
        self.database, self.ids, self.community, self.post = database, ids, community, post
        self.people: dict[str, Viewer] = {}
        self.said = 0

    def id(self, name: str) -> int:
        return self.ids[name]

    async def comment(self, name: str, parent: int | None = None) -> int:
        self.said += 1  # the same words again would be the same click
        new = NewComment(post_id=self.post, body=f"Hello {self.said}", parent_id=parent)
        made = await self.database.write(comments.publish, self.people[name], new, domain=DOMAIN)
        return made.comment_id

    async def tried(self, operation: Any, *arguments: Any, **named: Any) -> dict[str, str]:
        """What comes of an operation for everybody."""
        return {
            name: await outcome(self.database, operation, person, *arguments, **named)
            for name, person in self.people.items()
        }

    async def run(self, *statements: Any) -> None:
        async def write(session: AsyncSession) -> None:
            for statement in statements:
                await session.execute(statement)

        await self.database.write(write)

    async def value(self, column: Any, *where: Any) -> Any:
        async with self.database.read() as db:
            return await db.scalar(select(column).where(*where))


def all_of(names: set[str], word: str = DONE) -> dict[str, str]:
    return dict.fromkeys(names, word)


@pytest.fixture
async def town(database: Database) -> Town:
    made = {"chief": (await making.administrator(database)).id}
    made |= {name: (await making.member(database, f"the_{name}")).id for name in PEOPLE if name != "chief"}
    owner = await making.viewer_of(database, made["owner"])
    cats = await making.community(database, owner)
    (post,) = await making.posts(database, owner, cats, 1)
    town = Town(database, made, cats, post)

    def of(name: str, **values: Any) -> Any:
        return insert(CommunityMember).values(user_id=made[name], community_id=cats, **values)

    def out(name: str) -> Any:
        return insert(CommunityBan).values(
            user_id=made[name], community_id=cats, banned_by=made["owner"], reason=""
        )

    await town.run(
        *(of(name, is_moderator=True) for name in ("mod", "other_mod")),
        of("member"),
        of("outcast", is_banned=True),
        of("fallen_mod", is_moderator=True, is_banned=True),
        *(out(name) for name in ("outcast", "fallen_mod")),
        update(User).where(User.id == made["exile"]).values(banned=True),
        insert(UserRole).values(
            [{"user_id": made["staff"], "role_id": 3}, {"user_id": made["admin"], "role_id": 4}]
        ),
    )
    town.people = {name: await making.viewer_of(database, made[name]) for name in ACTIVE}
    assert made["chief"] == FIRST_ACCOUNT
    return town


async def test_who_bans_whom_from_a_community(town: Town) -> None:
    """A moderator nobody who stands above or beside them, the owner no staff; nobody themselves."""
    may: dict[str, set[str]] = {}
    for target in PEOPLE:
        answers = await town.tried(communities.ban_member, town.community, town.id(target))
        may[target] = {name for name, word in answers.items() if word == DONE}
        if target in MODERATE:
            assert answers[target] == "oneself"
        assert {answers[name] for name in set(ACTIVE) - MODERATE} <= {
            "forbidden",
            "banned",
            "banned_from_community",
        }
    everybody = dict.fromkeys(set(PEOPLE) - MODERATE, MODERATE)
    assert may == everybody | {
        "mod": ABOVE_MODERATORS,
        "other_mod": ABOVE_MODERATORS,
        "owner": RUN_THE_SITE,
        "staff": {"admin", "chief"},
        "admin": {"chief"},
        "chief": set(),
    }


async def test_who_becomes_a_moderator(town: Town) -> None:
    """Whom the owner or the site appoints, who is not banned from either."""
    for target in PEOPLE:
        answers = await town.tried(communities.set_moderator, town.community, town.id(target), added=True)
        refused = {name for name, word in answers.items() if word != DONE}
        if target in NO_MORE:
            word = "banned" if target == "exile" else "banned_from_community"
            assert {name: answers[name] for name in ABOVE_MODERATORS} == all_of(ABOVE_MODERATORS, word), (
                target
            )
        else:
            assert refused == set(ACTIVE) - ABOVE_MODERATORS, target


async def test_who_dismisses_a_moderator(town: Town) -> None:
    for target, may in {
        "mod": ABOVE_MODERATORS | {"mod"},
        "other_mod": ABOVE_MODERATORS | {"other_mod"},
        "owner": set[str](),
    }.items():
        answers = await town.tried(communities.set_moderator, town.community, town.id(target), added=False)
        assert {name for name, word in answers.items() if word == DONE} == may, target
        if target == "owner":
            assert {answers[name] for name in ABOVE_MODERATORS} == {"owner_is_moderator"}


async def test_a_banned_address_lets_administrators_in_alone(town: Town) -> None:
    await town.run(insert(IpBan).values(ip_address="203.0.113.7", created_at=utcnow()))
    for address, refused in (("203.0.113.7", set(PEOPLE) - {"admin", "chief"}), ("203.0.113.8", set())):
        for name in PEOPLE:
            come = await outcome(
                town.database,
                sessions.start_session,
                town.id(name),
                hash_of("token"),
                checked_hash="scrypt:none",
                address=address,
            )
            assert come == ("address_banned" if name in refused else DONE), name


async def test_a_browser_is_signed_in_for_a_month(town: Town) -> None:
    for app, days in ((False, 30), (True, None)):
        token = hash_of(f"token {app}")
        await town.database.write(
            sessions.start_session, town.id("member"), token, checked_hash="scrypt:none", app=app
        )
        lasts = await town.value(
            LoginSession.expires_at - LoginSession.created_at, LoginSession.token_hash == token
        )
        if days:
            assert abs(lasts - timedelta(days=days)) < timedelta(minutes=1)
        else:
            assert lasts > timedelta(days=365 * 100)


async def test_no_member_blocks_an_administrator(town: Town) -> None:
    for target in PEOPLE:
        answers = await town.tried(accounts.block, town.id(target))
        expected = "forbidden" if target in {"admin", "chief"} else DONE
        assert {word for name, word in answers.items() if name != target} == {expected}, target
        assert answers.get(target, "invalid") == "invalid"


async def test_the_last_administrator_who_can_come_in_stays(town: Town) -> None:
    """Another one counts who is neither banned nor deleted, whoever asks."""

    async def leaves() -> str:
        return await outcome(town.database, accounts.delete_account, town.people["chief"], town.id("chief"))

    admin = town.id("admin")
    for state in ({"banned": True}, {"deleted": True}):
        await town.run(update(User).where(User.id == admin).values(**state))
        assert await leaves() == "last_administrator"
        await town.run(update(User).where(User.id == admin).values(banned=False, deleted=False))
    assert await leaves() == DONE


async def test_who_answers_a_locked_comment(town: Town) -> None:
    """Who moderates; no member, whoever wrote what is answered."""
    locked = await town.comment("member")
    below = await town.comment("mod", locked)
    await town.database.write(comments.set_locked, town.people["mod"], locked, locked=True)
    for parent in (locked, below):
        new = NewComment(post_id=town.post, body="But", parent_id=parent)
        answers = await town.tried(comments.publish, new, domain=DOMAIN)
        assert answers == (
            all_of(MODERATE)
            | all_of({"member", "stranger"}, "locked")
            | all_of({"outcast", "fallen_mod"}, "banned_from_community")
        )
    new = NewComment(post_id=town.post, body="But")
    open_to = await town.tried(comments.publish, new, domain=DOMAIN)
    assert {name for name, word in open_to.items() if word != DONE} == {"outcast", "fallen_mod"}


async def test_who_brings_a_comment_back(town: Town) -> None:
    """Its author what they deleted, a moderator what was removed; neither the other's, and nobody else."""
    deleted, removed = await town.comment("member"), await town.comment("member")
    await town.database.write(comments.set_deleted, town.people["member"], deleted, deleted=True)
    await town.database.write(comments.set_removed, town.people["mod"], removed, removed=True)
    answers = await town.tried(comments.restore, deleted)
    assert {name for name, word in answers.items() if word == DONE} == {"member"}
    answers = await town.tried(comments.restore, removed)
    assert {name for name, word in answers.items() if word == DONE} == MODERATE
    of_a_moderator = await town.comment("mod")
    await town.database.write(comments.set_removed, town.people["other_mod"], of_a_moderator, removed=True)
    answers = await town.tried(comments.restore, of_a_moderator)
    assert {name for name, word in answers.items() if word == DONE} == MODERATE


async def test_who_brings_a_post_back(town: Town) -> None:
    deleted, removed = await making.posts(town.database, town.people["member"], town.community, 2)
    await town.database.write(posts.set_deleted, town.people["member"], deleted, deleted=True)
    await town.database.write(posts.set_removed, town.people["mod"], removed, removed=True)
    answers = await town.tried(posts.restore, deleted)
    assert {name for name, word in answers.items() if word == DONE} == {"member"}
    answers = await town.tried(posts.restore, removed)
    assert {name for name, word in answers.items() if word == DONE} == MODERATE


async def test_a_feed_leads_nobody_to_where_they_are_banned(town: Town) -> None:
    new = NewFeed(name="all_cats", title="All cats", keys=KEYS, communities="cats")
    feed = await town.database.write(feeds.create, town.people["owner"], new, domain=DOMAIN)
    for name, joins in {"stranger": True, "outcast": False, "fallen_mod": False}.items():
        mine = CommunityMember.user_id == town.id(name)
        await town.run(delete(CommunityMember).where(mine))
        await town.database.write(join_through_feed, town.id(name), feed)
        assert (await town.value(func.count(), mine) == 1) is joins, name


async def test_a_feed_leads_only_to_where_anybody_may_join(town: Town) -> None:
    new = NewFeed(name="all_cats", title="All cats", keys=KEYS, communities="cats")
    feed = await town.database.write(feeds.create, town.people["owner"], new, domain=DOMAIN)
    open_to_all = {"private": False, "invitations": 0, "banned": False}
    mine = CommunityMember.user_id == town.id("stranger")
    for closed in ({}, {"private": True}, {"invitations": 1}, {"invitations": 2}, {"banned": True}):
        await town.run(delete(CommunityMember).where(mine), update(Community).values(**open_to_all | closed))
        await town.database.write(join_through_feed, town.id("stranger"), feed)
        assert (await town.value(func.count(), mine) == 1) is (not closed), closed


async def test_a_wish_to_join_ends_with_a_ban_and_with_the_account(town: Town) -> None:
    wishes = select(func.count()).select_from(CommunityJoinRequest)
    owner, chief = town.people["owner"], town.people["chief"]
    for end in (
        lambda session: communities.ban_member(session, owner, town.community, town.id("stranger")),
        lambda session: accounts.delete_account(session, chief, town.id("stranger")),
    ):
        wish = insert(CommunityJoinRequest).values(user_id=town.id("stranger"), community_id=town.community)
        await town.run(wish)
        await town.database.write(end)
        async with town.database.read() as db:
            assert await db.scalar(wishes) == 0


async def test_a_deleted_feed_shows_nothing(town: Town) -> None:
    new = NewFeed(name="all_cats", title="All cats", keys=KEYS, communities="cats", public=True)
    feed = await town.database.write(feeds.create, town.people["owner"], new, domain=DOMAIN)
    for states, readers in (
        ({"banned": False, "public": True}, {"owner", "stranger", None}),
        ({"banned": False, "public": False}, {"owner"}),
        ({"banned": True, "public": True}, set()),
    ):
        await town.run(update(Feed).values(**states))
        for name in ("owner", "stranger", None):
            async with town.database.read() as db:
                page = await page_of_posts(
                    db, town.people[name] if name else None, PostSelection(feed_id=feed), Sort.NEW
                )
            assert [row.id for row in page.posts] == ([town.post] if name in readers else []), (name, states)


@pytest.mark.parametrize("flag", ["nsfw", "ai_generated"])
async def test_what_a_community_says_of_all_its_posts_no_author_takes_back(town: Town, flag: str) -> None:
    await town.run(update(Community).values(**{flag: True}), update(Post).values(**{flag: True}))
    changes = msgspec.convert({flag: False}, PostChanges)
    await town.database.write(posts.edit, town.people["owner"], town.post, changes, domain=DOMAIN)
    assert await town.value(getattr(Post, flag), Post.id == town.post) is True


async def test_an_edit_asks_for_a_preview_of_another_address_alone(town: Town) -> None:
    async def asked_for() -> int:
        count: int = await town.value(func.count(), OutboxEvent.kind == "PreviewRequested")
        return count

    new = NewPost(community_id=town.community, title="A story", url="https://news.example/1")
    post = (await town.database.write(posts.publish, town.people["member"], new, domain=DOMAIN)).post_id
    expected = await asked_for()
    for changes, more in (
        (PostChanges(title="Another title"), 0),
        (PostChanges(url="https://news.example/1"), 0),
        (PostChanges(url="https://news.example/2"), 1),
        (PostChanges(url=None), 0),
    ):
        await town.database.write(posts.edit, town.people["member"], post, changes, domain=DOMAIN)
        expected += more
        assert await asked_for() == expected, changes


async def test_votes_move_the_scaled_rank_too_and_ones_own_earn_nothing(town: Town) -> None:
    owner = town.people["owner"]
    await town.run(update(Post).values(score=0, ranking=1, ranking_scaled=1))
    for name in ("mod", "other_mod", "member", "stranger", "staff", "admin", "chief"):
        await town.database.write(votes.vote_on_post, town.people[name], town.post, 1)
    ranks = [await town.value(column, Post.id == town.post) for column in (Post.ranking, Post.ranking_scaled)]
    assert min(ranks) > 1
    before = await town.value(User.reputation, User.id == owner.id)
    for vote in (1, -1, 0, -1):
        await town.database.write(votes.vote_on_post, owner, town.post, vote)
        assert await town.value(User.reputation, User.id == owner.id) == before


@pytest.mark.parametrize(
    ("by", "community", "goes"),
    [
        ("mod", True, True),
        ("mod", False, False),
        ("member", True, False),
        ("fallen_mod", True, False),
        ("exile", False, False),
        ("staff", False, True),
        ("admin", True, True),
    ],
)
async def test_content_goes_only_while_who_wanted_it_may(
    town: Town, by: str, community: bool, goes: bool
) -> None:
    (post,) = await making.posts(town.database, town.people["stranger"], town.community, 1)
    wanted = {
        "account_id": town.id("stranger"),
        "by_id": town.id(by),
        "reason": "",
        "community_id": town.community if community else None,
    }
    await town.database.write(remove_some_content, wanted)
    assert bool(await town.value(Post.deleted, Post.id == post)) is goes
    assert not await town.value(Comment.deleted, Comment.id > 0)
