"""The pages of every list, put together, are the list: without a repeat or a gap, also among equals, at every size."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum import audit
from service.forum.accounts.choices import DirectorySort, PeopleSort
from service.forum.accounts.queries import applicants, directory, profiles
from service.forum.accounts.queries.banned_addresses import banned_addresses
from service.forum.accounts.queries.directory import DirectoryFilter
from service.forum.accounts.queries.followers import asking, followers
from service.forum.accounts.viewer import Viewer
from service.forum.attachments import blocked
from service.forum.comments.choices import CommentSort
from service.forum.comments.queries import CommentSelection, page_of_comments
from service.forum.communities.choices import CommunitySort
from service.forum.communities.queries import administration, lists, roll
from service.forum.communities.queries.bans import bans
from service.forum.communities.queries.invitations import invitations
from service.forum.emoji import queries as emoji
from service.forum.feeds.choices import Sort
from service.forum.feeds.queries import page_of_posts
from service.forum.feeds.rules import PostSelection
from service.forum.instances.queries.directory import peers
from service.forum.messages import queries as messages
from service.forum.moderation import queries as moderation
from service.forum.notifications import queries as notifications
from service.forum.posts import kept, waiting
from service.forum.posts import queries as posts
from service.forum.reports.queries import by_kind
from service.forum.reports.queries.queue import queue
from service.forum.tags import queries as tags
from service.forum.votes import voters
from service.forum.websites import queries as websites
from service.storage.transaction import Database
from tests.forum import making

MANY = 7
SIZES = (2, 3, MANY, 50)
AT = "now() AT TIME ZONE 'utc'"  # when the transaction began

List = Callable[[AsyncConnection, Viewer, int, int], Awaitable[Any]]

# What is there so many times, all of it from the same moment; `n` is its number.
ROWS: list[tuple[str, dict[str, str]]] = [
    (
        "user",
        {
            "user_name": "'u' || n",
            "title": "'U'",
            "instance_id": "1",
            "ap_id": "NULL",
            "ap_profile_id": "'https://pie.example/u/u' || n",
            "created": AT,
            "last_seen": AT,
            "reputation": "0",
            "verified": "true",
            "banned": "false",
            "deleted": "false",
        },
    ),
    (
        "community",
        {
            "name": "'c' || n",
            "title": "'C'",
            "user_id": "2",
            "instance_id": "1",
            "created_at": AT,
            "last_active": AT,
            "private": "false",
            "banned": "false",
            "nsfw": "false",
        },
    ),
    (
        "post",
        {
            "user_id": "2",
            "community_id": "1",
            "title": "'P'",
            "body": "'words'",
            "instance_id": "1",
            "ap_id": "'p' || n",
            "posted_at": AT,
            "created_at": AT,
            "last_active": AT,
            "ranking": "5",
            "ranking_scaled": "5",
            "score": "1",
            "up_votes": "1",
            "down_votes": "0",
            "reply_count": "0",
            "status": "1",
            "deleted": "false",
            "nsfw": "false",
            "nsfl": "false",
            "from_bot": "false",
        },
    ),
    (
        "post",
        {
            "user_id": "2",
            "community_id": "1",
            "title": "'H'",
            "instance_id": "1",
            "ap_id": "'h' || n",
            "posted_at": AT,
            "created_at": AT,
            "status": "0",
            "deleted": "false",
        },
    ),
    (
        "post",
        {
            "user_id": "1",
            "community_id": "1",
            "title": "'W'",
            "instance_id": "1",
            "ap_id": "'w' || n",
            "posted_at": AT,
            "created_at": AT,
            "scheduled_for": f"{AT} + interval '9 years'",
            "status": "-2",
            "deleted": "false",
        },
    ),
    (
        "post_reply",
        {
            "user_id": "2",
            "post_id": "1",
            "community_id": "1",
            "body": "'b'",
            "instance_id": "1",
            "posted_at": AT,
            "created_at": AT,
            "ranking": "0.5",
            "score": "1",
            "up_votes": "1",
            "down_votes": "0",
            "depth": "0",
            "deleted": "false",
        },
    ),
    ("post_vote", {"user_id": "2 + n", "author_id": "2", "post_id": "1", "effect": "1", "created_at": AT}),
    (
        "post_reply_vote",
        {"user_id": "2 + n", "author_id": "2", "post_reply_id": "1", "effect": "1", "created_at": AT},
    ),
    ("user_registration", {"user_id": "2 + n", "answer": "'x'", "status": "0", "created_at": AT}),
    ("ip_ban", {"ip_address": "'203.0.113.' || n", "created_at": AT}),
    (
        "user_follower",
        {"local_user_id": "1", "remote_user_id": "2 + n", "is_accepted": "true", "created_at": AT},
    ),
    ("user_follow_request", {"user_id": "2 + n", "follow_id": "1"}),
    ("blocked_image", {"hash": "repeat('0', 256)::bit(256)", "file_name": "'f' || n"}),
    ("pieloop.audit_log", {"action": "'a'", "created_at": AT}),
    ("community_ban", {"user_id": "2 + n", "community_id": "1", "created_at": AT}),
    ("community_member", {"user_id": "2 + n", "community_id": "2", "created_at": AT}),
    (
        "community_invitation",
        {"token": "'t' || n", "community_id": "1", "user_id": "2 + n", "inviter_id": "2", "created_at": AT},
    ),
    ("emoji", {"token": "':e' || n || ':'", "url": "'https://x.example/e'", "category": "'cats'"}),
    (
        "feed",
        {
            "name": "'f' || n",
            "title": "'F'",
            "user_id": "2",
            "public": "true",
            "is_instance_feed": "true",
            "banned": "false",
            "instance_id": "1",
            "machine_name": "'f' || n",
        },
    ),
    ("instance", {"domain": "'s' || n || '.example'", "software": "'lemmy'", "created_at": AT}),
    (
        "mod_log",
        {"user_id": "2", "community_id": "1", "action": "'delete_post'", "type": "'mod'", "created_at": AT},
    ),
    (
        "notification",
        {
            "user_id": "1",
            "title": "'n'",
            "url": "'/'",
            "notif_type": "0",
            "subtype": "'x'",
            "created_at": AT,
            "read": "false",
        },
    ),
    ("read_posts", {"user_id": "1", "read_post_id": "n", "interacted_at": AT}),
    ("hidden_posts", {"user_id": "3", "hidden_post_id": "n"}),
    (
        "report",
        {
            "type": "1",
            "status": "1",
            "reasons": "'1'",
            "reporter_id": "2 + n",
            "suspect_user_id": "2",
            "suspect_post_id": "1",
            "in_community_id": "1",
            "created_at": AT,
        },
    ),
    ("tag", {"name": "'t' || n", "display_as": "'T'", "post_count": "3", "banned": "false"}),
    ("domain", {"name": "'d' || n || '.example'", "post_count": "3", "banned": "false"}),
    ("conversation", {"user_id": "1", "created_at": AT, "updated_at": AT}),
    ("conversation_member", {"conversation_id": "1", "user_id": "n", "joined": "true"}),
    (
        "chat_message",
        {
            "sender_id": "2",
            "recipient_id": "1",
            "conversation_id": "1",
            "body": "'m'",
            "created_at": AT,
            "read": "false",
            "deleted": "false",
        },
    ),
]


def people_by(sort: PeopleSort) -> List:
    return lambda db, me, page, size: profiles.people(db, me, sort=sort, page=page, size=size)


def accounts_by(sort: DirectorySort) -> List:
    return lambda db, me, page, size: directory.directory(
        db, DirectoryFilter(), sort=sort, page=page, size=size
    )


def communities_by(sort: CommunitySort) -> List:
    return lambda db, me, page, size: lists.listing(db, me, sort=sort, page=page, size=size)


def posts_by(sort: Sort) -> List:
    return lambda db, me, page, size: page_of_posts(db, me, PostSelection(), sort, page=page, limit=size)


def comments_by(sort: CommentSort) -> List:
    return lambda db, me, page, size: page_of_comments(
        db, me, CommentSelection(), sort, page=page, limit=size
    )


LISTS: dict[str, List] = {
    "applications": lambda db, me, page, size: applicants.applications(db, page=page, size=size),
    "banned addresses": lambda db, me, page, size: banned_addresses(db, page=page, size=size),
    "followers": lambda db, me, page, size: followers(db, me, page=page, size=size),
    "who asks to follow": lambda db, me, page, size: asking(db, me, page=page, size=size),
    "blocked images": lambda db, me, page, size: blocked.blocked_images(db, page=page, size=size),
    "audit": lambda db, me, page, size: audit.trail(db, audit.AuditFilter(), page=page, size=size),
    "standings": lambda db, me, page, size: administration.standings(db, page=page, size=size),
    "bans": lambda db, me, page, size: bans(db, me, 1, page=page, size=size),
    "invitations": lambda db, me, page, size: invitations(db, 1, page=page, size=size),
    "members": lambda db, me, page, size: roll.members(db, me, 2, page=page, size=size),
    "emoji": lambda db, me, page, size: emoji.emoji(db, page=page, size=size),
    "mod log": lambda db, me, page, size: moderation.mod_log(db, me, page=page, size=size),
    "notifications": lambda db, me, page, size: notifications.listing(db, me, page=page, size=size),
    "read posts": lambda db, me, page, size: kept.read_posts(db, me, page=page, size=size),
    "held back": lambda db, me, page, size: posts.held_back(db, me, page=page, size=size),
    "waiting posts": lambda db, me, page, size: waiting.waiting_posts(db, me, page=page, size=size),
    "post reports": lambda db, me, page, size: by_kind.post_reports(db, me, page=page, size=size),
    "queue": lambda db, me, page, size: queue(db, me, page=page, size=size),
    "tags": lambda db, me, page, size: tags.listing(db, page=page, size=size),
    "all tags": lambda db, me, page, size: tags.directory(db, page=page, size=size),
    "voters of a post": lambda db, me, page, size: voters.voters_of_post(db, me, 1, page=page, size=size),
    "voters of a comment": lambda db, me, page, size: voters.voters_of_comment(
        db, me, 1, page=page, size=size
    ),
    "websites": lambda db, me, page, size: websites.listing(db, me, page=page, size=size),
    "messages": lambda db, me, page, size: messages.listing(db, me, page=page, size=size),
    "conversation": lambda db, me, page, size: messages.conversation(db, me, 1, page=page, size=size),
    "conversation with": lambda db, me, page, size: messages.conversation_with(
        db, me, 2, page=page, size=size
    ),
    "instances": lambda db, me, page, size: peers(db, page=page, size=size),
    **{f"people by {sort}": people_by(sort) for sort in PeopleSort},
    **{f"accounts by {sort}": accounts_by(sort) for sort in DirectorySort},
    **{f"communities by {sort}": communities_by(sort) for sort in CommunitySort},
    **{f"posts by {sort}": posts_by(sort) for sort in Sort},
    **{f"comments by {sort}": comments_by(sort) for sort in CommentSort},
}


def rows_of(page: Any) -> list[str]:
    if isinstance(page, tuple):
        return [repr(row) for row in page[0]]
    found = next(value for name in page.__struct_fields__ if isinstance(value := getattr(page, name), list))
    return [repr(row) for row in found]


def goes_on(page: Any, size: int, seen: int) -> bool:
    for name in ("has_more", "next_cursor", "next_page"):
        if hasattr(page, name):
            return bool(getattr(page, name))
    return bool(seen < page.total)


@pytest.fixture
async def admin(database: Database) -> Viewer:
    admin = await making.administrator(database)
    ana = await making.member(database, "ana")
    await making.community(database, ana)

    async def fill(session: Any) -> None:
        for table, columns in ROWS:
            values = ", ".join(columns.values()).replace(":", "\\:")
            rows = f"SELECT {values} FROM generate_series(1, {MANY}) n"
            name = table if "." in table else f'public."{table}"'
            await session.execute(text(f"INSERT INTO {name} ({', '.join(columns)}) {rows}"))

    await database.write(fill)
    return await making.viewer_of(database, admin.id)


async def test_pages_put_together_are_the_list(database: Database, admin: Viewer) -> None:
    for name, read in LISTS.items():
        wholes = set()
        async with database.read() as db:
            for size in SIZES:
                found: list[str] = []
                for page in range(1, 3 * MANY):
                    answer = await read(db, admin, page, size)
                    found += rows_of(answer)
                    if not goes_on(answer, size, len(found)):
                        break
                    assert len(rows_of(answer)) == size, (name, size, page)
                assert len(set(found)) == len(found) >= MANY, (name, size)
                wholes.add(tuple(found))
        assert len(wholes) == 1, name
