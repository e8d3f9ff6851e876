"""The rows that a batch of events needs, read in sets before anything is rendered."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from service.federation.queries import actors as own
from service.federation.queries.content import comments, posts
from service.federation.queries.messages import messages
from service.federation.queries.people import actors, places
from service.federation.vocabulary import as_id, document_from
from service.federation.write.rows import (
    ActorRow,
    CommentRow,
    CommunityRow,
    FeedRow,
    MessageRow,
    PersonRow,
    PlaceRow,
    PostRow,
)

PATHS = text("SELECT id, path FROM public.post_reply WHERE id = ANY(:ids)")
FOLLOWERS = text("""
    SELECT local_user_id, array_agg(DISTINCT ap_inbox_url)
    FROM public.user_follower JOIN public."user" follower ON follower.id = remote_user_id
    WHERE local_user_id = ANY(:ids) AND is_inward IS NOT FALSE AND is_accepted IS NOT FALSE
      AND follower.instance_id <> 1 AND follower.deleted IS NOT TRUE AND ap_inbox_url <> ''
    GROUP BY local_user_id
""")
FEED_FOLLOWERS = text("""
    SELECT feed_id, array_agg(DISTINCT ap_inbox_url)
    FROM public.feed_member JOIN public."user" follower ON follower.id = feed_member.user_id
    WHERE feed_id = ANY(:ids) AND follower.instance_id <> 1 AND follower.deleted IS NOT TRUE AND ap_inbox_url <> ''
    GROUP BY feed_id
""")
FEEDS = text("""
    SELECT id, user_id, coalesce(ap_public_url, ap_profile_id) AS url, ap_following_url AS following,
           ap_inbox_url AS inbox, ap_id IS NULL AS local, public IS TRUE AS public
    FROM public.feed WHERE id = ANY(:ids)
""")
MODERATORS = text("""
    SELECT community_id, array_agg(DISTINCT ap_inbox_url)
    FROM public.community_member JOIN public."user" moderator ON moderator.id = community_member.user_id
    WHERE community_id = ANY(:ids) AND is_moderator AND moderator.instance_id <> 1 AND ap_inbox_url <> ''
    GROUP BY community_id
""")
OFFICES = text("""
    SELECT community_id, array_agg(user_id) FROM public.community_member
    WHERE community_id = ANY(:ids) AND (is_moderator OR is_owner) GROUP BY community_id
""")
REPORTS = text("""
    SELECT id, reporter_id, in_community_id AS community_id, suspect_user_id AS person_id, suspect_post_id AS post_id,
           suspect_post_reply_id AS comment_id, coalesce(nullif(description, ''), reasons, '') AS reason
    FROM public.report WHERE id = ANY(:ids) AND suspect_conversation_id IS NULL
""")


FOLLOWS = text("""
    SELECT followed, followed_id, follower_id, body FROM pieloop.follow
    WHERE follower_id = ANY(:ids) ORDER BY heard_at
""")

# Of something that is quoted more often, the latest.
QUOTES = text("""
    SELECT quote.post_id, quote.comment_id, coalesce(asker.ap_public_url, asker.ap_profile_id) AS asker,
           asker.ap_inbox_url AS inbox, quote.stamp
    FROM pieloop.quote quote JOIN public."user" asker ON asker.id = quote.asker_id
    WHERE (quote.post_id = ANY(:posts) AND quote.comment_id IS NULL OR quote.comment_id = ANY(:comments))
      AND quote.revoked_at IS NULL AND asker.ap_inbox_url <> ''
    ORDER BY quote.id DESC LIMIT 1000
""")


class FeedPlace(msgspec.Struct, frozen=True):
    """A feed as somebody to follow, of here or elsewhere."""

    id: int
    owner_id: int | None
    url: str
    following: str
    inbox: str
    local: bool
    public: bool


class ReportRow(msgspec.Struct, frozen=True):
    """A report, and what it is about."""

    id: int
    reporter_id: int | None
    community_id: int | None
    person_id: int | None
    post_id: int | None
    comment_id: int | None
    reason: str


class QuoteRow(msgspec.Struct, frozen=True):
    """A quote of something of ours, with who asked for it and was given the stamp."""

    asker: str
    inbox: str
    stamp: str


class Wanted(msgspec.Struct, frozen=True):
    """Ids of rows: people and places of here and elsewhere; profiles, communities and feeds as documents of ours.

    Of follows, the ids of those who follow.
    """

    posts: frozenset[int] = frozenset()
    comments: frozenset[int] = frozenset()
    people: frozenset[int] = frozenset()
    places: frozenset[int] = frozenset()
    profiles: frozenset[int] = frozenset()
    communities: frozenset[int] = frozenset()
    feeds: frozenset[int] = frozenset()
    messages: frozenset[int] = frozenset()
    reports: frozenset[int] = frozenset()
    follows: frozenset[int] = frozenset()
    quoted_posts: frozenset[int] = frozenset()
    quoted_comments: frozenset[int] = frozenset()

    def __or__(self, other: "Wanted") -> "Wanted":
        """Return what either of two wants."""
        return Wanted(*(getattr(self, name) | getattr(other, name) for name in self.__struct_fields__))


def wanted(**ids: int | Iterable[int | None] | None) -> Wanted:
    """Return what is wanted, by its names in Wanted; None stands for nothing."""
    lists = {name: [one] if one is None or isinstance(one, int) else one for name, one in ids.items()}
    return Wanted(**{name: frozenset(one for one in found if one) for name, found in lists.items()})


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """Rows by their ids; what is not there is missing.

    Attributes:
        paths: of comments, from the top of the discussion down to themselves.
        followers: inboxes of those elsewhere who follow a person.
        feed_places: feeds as somebody to follow; `feed_followers`: inboxes of those elsewhere who do.
        follows: ids of the activities by which people elsewhere follow: by what, its number, and theirs.
        quotes: of posts and comments, by the kind and the number of what is quoted.
        moderators: inboxes of those of a community who are elsewhere.
        offices: the accounts that moderate a community of another server.
    """

    posts: Mapping[int, PostRow] = {}
    comments: Mapping[int, CommentRow] = {}
    paths: Mapping[int, tuple[int, ...]] = {}
    people: Mapping[int, ActorRow] = {}
    places: Mapping[int, PlaceRow] = {}
    profiles: Mapping[int, PersonRow] = {}
    communities: Mapping[int, CommunityRow] = {}
    feeds: Mapping[int, FeedRow] = {}
    feed_places: Mapping[int, FeedPlace] = {}
    messages: Mapping[int, MessageRow] = {}
    reports: Mapping[int, ReportRow] = {}
    follows: Mapping[tuple[str, int, int], str] = {}
    quotes: Mapping[tuple[str, int], list[QuoteRow]] = {}
    followers: Mapping[int, tuple[str, ...]] = {}
    feed_followers: Mapping[int, tuple[str, ...]] = {}
    moderators: Mapping[int, tuple[str, ...]] = {}
    offices: Mapping[int, tuple[int, ...]] = {}


async def read_known(db: AsyncConnection, want: Wanted, domain: str) -> Known:
    """Read what is wanted, and what that leads to; sets that are empty cost nothing.

    Parameters:
        db: a connection.
        want: the ids.
        domain: the site's.
    """
    reports = {row.id: ReportRow(*row) for row in await _rows(db, REPORTS, want.reports)}
    about = reports.values()
    want |= wanted(
        posts=[one.post_id for one in about],
        comments=[one.comment_id for one in about],
        people=[one.reporter_id for one in about] + [one.person_id for one in about],
        places=[one.community_id for one in about],
    )
    found_posts = await posts(db, want.posts, domain) if want.posts else {}
    found_comments = await comments(db, want.comments, domain) if want.comments else {}
    found_places = await places(db, want.places, domain) if want.places else {}
    scenes = [row.place for row in found_posts.values()] + [row.place for row in found_comments.values()]
    scenes += found_places.values()
    authors = {row.author.id for row in found_posts.values() if row.author.instance_id == 1}
    feed_places = {row.id: _feed_place(row, domain) for row in await _rows(db, FEEDS, want.feeds)}
    people = want.people | {one.owner_id for one in feed_places.values() if one.owner_id}
    return Known(
        posts=found_posts,
        comments=found_comments,
        paths={row.id: tuple(row.path or ()) for row in await _rows(db, PATHS, want.comments)},
        people=await actors(db, people, domain) if people else {},
        places=found_places,
        profiles=await own.people(db, want.profiles, domain) if want.profiles else {},
        communities=await own.communities(db, want.communities, domain) if want.communities else {},
        feeds=await own.feeds(db, want.feeds, domain) if want.feeds else {},
        feed_places=feed_places,
        messages=await messages(db, want.messages, domain) if want.messages else {},
        reports=reports,
        follows={tuple(row[:3]): _id_in(row.body) for row in await _rows(db, FOLLOWS, want.follows)},
        quotes=await _quotes(db, want),
        followers=await _listed(db, FOLLOWERS, authors),
        feed_followers=await _listed(db, FEED_FOLLOWERS, want.feeds),
        moderators=await _listed(db, MODERATORS, {one.community_id for one in about if one.community_id}),
        offices=await _listed(db, OFFICES, {one.id for one in scenes if not one.local}),
    )


def _feed_place(row: Any, domain: str) -> FeedPlace:
    url = row.url or f"https://{domain}/f/{row.id}"
    following = row.following or f"{url}/following"
    return FeedPlace(row.id, row.user_id, url, following, row.inbox or "", row.local, row.public)


async def _quotes(db: AsyncConnection, want: Wanted) -> dict[tuple[str, int], list[QuoteRow]]:
    found: dict[tuple[str, int], list[QuoteRow]] = defaultdict(list)
    if want.quoted_posts or want.quoted_comments:
        of = {"posts": list(want.quoted_posts), "comments": list(want.quoted_comments)}
        for post_id, comment_id, *quote in await db.execute(QUOTES, of):
            about = ("post", post_id) if comment_id is None else ("comment", comment_id)
            found[about].append(QuoteRow(*quote))
    return found


def _id_in(body: bytes) -> str:
    return as_id(document_from(body)) or ""


async def _rows(db: AsyncConnection, statement: TextClause, ids: Iterable[int]) -> list[Any]:
    listed = list(ids)
    return list(await db.execute(statement, {"ids": listed})) if listed else []


async def _listed(
    db: AsyncConnection, statement: TextClause, ids: Iterable[int]
) -> dict[int, tuple[Any, ...]]:
    return {row[0]: tuple(row[1]) for row in await _rows(db, statement, ids)}
