"""The imagined site as rows of the tables, with every derived column as the forum's own operations leave it."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import chain
from random import Random
from typing import Any

from sqlalchemy import Table

from service.demo import texts
from service.demo.imagined import PICTURE, Chapter, Entry, Group, Imagined, Person, Reply, Thing, Website
from service.demo.needs import MAIL_HOST, Load, Setting
from service.forum import notifications
from service.forum.accounts.author import LOCAL_INSTANCE
from service.forum.accounts.rules import actor_url as account_url
from service.forum.attachments.shapes import StoredImage
from service.forum.comments.rules import confidence, path_below
from service.forum.communities.rules import actor_url as community_url
from service.forum.posts import rules
from service.forum.posts.choices import PostStatus, PostType
from service.storage.tables import (
    Base,
    Comment,
    CommentVote,
    Community,
    CommunityLanguage,
    CommunityMember,
    Domain,
    File,
    NotificationSubscription,
    Picture,
    Post,
    PostVote,
    User,
    UserFile,
)
from service.text.markdown import render_markdown
from service.text.slug import slug


class Rows:
    """Makes rows of a site whose things have their ids; first of its people and communities, then of each chapter."""

    def __init__(self, site: Imagined, setting: Setting) -> None:
        self.site = site
        self.setting = setting
        self.websites: dict[str, Website] = {}
        self.boosts = _boosts(site.groups)
        self.chance = Random(len(site.people))  # noqa: S311 - moments of votes, not secrets

    def society(self) -> Iterator[Load]:
        """Who and what is there before anything is written, in an order that foreign keys allow."""
        site = self.site
        members = sum(len(group.members) for group in site.groups)
        languages = len(site.groups) * len(self.setting.language_ids)
        files, uploads = self._files([*site.people, *site.groups])
        yield from files
        yield from _loads("people", User, map(self._user, site.people), len(site.people))
        yield from uploads
        yield from _loads("communities", Community, map(self._community, site.groups), len(site.groups))
        yield from _loads("languages", CommunityLanguage, self._languages(), languages)
        yield from _loads("memberships", CommunityMember, self._members(), members)

    def count_links(self, entries: list[Entry]) -> list[Website]:
        """Count what a chapter links to; return the websites that it was the first to link to, which need ids."""
        known = len(self.websites)
        for entry in entries:
            if entry.host is not None:
                self.websites.setdefault(entry.host, Website(entry.host)).posts += 1
        return list(self.websites.values())[known:]

    def chapter(self, chapter: Chapter, new: list[Website]) -> Iterator[Load]:
        """What was written in one chapter, and the websites that are new in it."""
        entries, replies = chapter.entries, chapter.replies
        entry_votes = len(entries) + sum(len(entry.voters) for entry in entries)
        reply_votes = len(replies) + sum(len(reply.voters) for reply in replies)
        files, uploads = self._files(entries)
        yield from files
        yield from uploads
        yield from _loads("websites", Domain, map(self._domain, new), len(new))
        yield from _loads("posts", Post, map(self._post, entries), len(entries))
        yield from _loads("comments", Comment, map(self._comment, replies), len(replies))
        yield from _loads("votes on posts", PostVote, self._votes(entries, "post_id"), entry_votes)
        yield from _loads(
            "votes on comments", CommentVote, self._votes(replies, "post_reply_id"), reply_votes
        )
        yield from _loads("subscriptions", NotificationSubscription, map(self._watch, entries), len(entries))

    def counters(self) -> Iterator[tuple[type[Base], list[dict[str, Any]]]]:
        """What the chapters added to the rows of society, by table: ids and the columns that are others now."""
        yield User, [{"id": person.id, **_standing(person)} for person in self.site.people]
        yield Community, [{"id": group.id, **_liveliness(group)} for group in self.site.groups]
        yield Domain, [{"id": website.id, "post_count": website.posts} for website in self.websites.values()]

    def _files(self, things: Sequence[Thing]) -> tuple[Iterator[Load], Iterator[Load]]:
        """The pictures of things, and who uploaded them: the former before their things, the latter after people."""
        shown = [thing for thing in things if thing.file_id is not None]
        uploads = [thing for thing in shown if not _is_preview(thing)]
        return (
            chain(
                _loads("pictures", File, map(self._file, shown), len(shown)),
                _loads("their sizes", Picture, map(self._picture, shown), len(shown)),
            ),
            _loads("uploads", UserFile, map(self._user_file, uploads), len(uploads)),
        )

    def _file(self, thing: Thing) -> dict[str, Any]:
        image = self._image(thing)
        return {
            "id": thing.file_id,
            "file_path": image.path,
            "file_name": image.path.rpartition("/")[2],
            "width": image.width,
            "height": image.height,
            "alt_text": image.alt_text,
            "source_url": image.source_url,
            "thumbnail_path": image.thumbnail_path,
            "thumbnail_width": image.thumbnail_width,
            "thumbnail_height": image.thumbnail_height,
        }

    def _picture(self, thing: Thing) -> dict[str, Any]:
        image = self._image(thing)
        return {
            "file_id": thing.file_id,
            "original": image.original,
            "medium": image.path,
            "thumbnail": image.thumbnail_path,
            "medium_width": image.medium_width,
            "average": image.average,
            "size": image.size,
            "kept_at": self.site.now,
            "remote": isinstance(thing, Entry) and _is_preview(thing),
        }

    def _image(self, thing: Thing) -> StoredImage:
        match thing:
            case Person():
                return self.setting.avatars[thing.avatar or 0]
            case Group():
                return self.setting.icons[thing.icon]
            case Entry():
                return self.setting.pictures[thing.picture or 0]

    def _user_file(self, thing: Thing) -> dict[str, Any]:
        match thing:
            case Person():
                owner = thing
            case Group():
                owner = thing.members[0]
            case Entry():
                owner = thing.author
        return {"user_id": owner.id, "file_id": thing.file_id, "size": self._image(thing).size}

    def _user(self, person: Person) -> dict[str, Any]:
        domain, lower = self.setting.domain, person.name.lower()
        keys = self.setting.keys[person.id % len(self.setting.keys)]
        return {
            "id": person.id,
            "user_name": person.name,
            "title": person.title,
            "email": f"{lower}@{MAIL_HOST}",
            "password_hash": self.setting.password_hash,
            "password_updated_at": person.created,
            "verified": True,
            "about": person.about.markdown,
            "about_html": person.about.html,
            "instance_id": LOCAL_INSTANCE,
            "ip_address": "",
            "ip_address_country": "",
            "email_unread": False,
            "email_unread_sent": False,
            "referrer": "",
            "alt_user_name": secrets.token_hex(8),
            "verification_token": secrets.token_hex(8),
            "language_id": self.setting.people_language_id,
            "default_filter": "popular",
            "finished_onboarding": True,
            "private_key": keys.private,
            "public_key": keys.public,
            "ap_profile_id": account_url(domain, lower),
            "ap_public_url": f"https://{domain}/u/{person.name}",
            "ap_inbox_url": f"https://{domain}/u/{lower}/inbox",
            "avatar_id": person.file_id,
            **_standing(person),
        }

    def _community(self, group: Group) -> dict[str, Any]:
        domain, words = self.setting.domain, group.words
        keys = self.setting.keys[group.id % len(self.setting.keys)]
        url = community_url(domain, words.name)
        return {
            "id": group.id,
            "name": words.name,
            "title": words.title,
            "description": words.description,
            "description_html": render_markdown(words.description, domain=domain),
            "rules": texts.RULES,
            "icon_id": group.file_id,
            "user_id": group.members[0].id,
            "instance_id": LOCAL_INSTANCE,
            "private_key": keys.private,
            "public_key": keys.public,
            "ap_profile_id": url,
            "ap_public_url": url,
            "ap_followers_url": f"{url}/followers",
            "ap_moderators_url": f"{url}/moderators",
            "ap_domain": domain,
            "created_at": group.created,
            "first_federated_at": group.created,
            "subscriptions_count": len(group.members),
            "total_subscriptions_count": len(group.members),
            **_liveliness(group),
        }

    def _languages(self) -> Iterator[dict[str, Any]]:
        for group in self.site.groups:
            for language_id in self.setting.language_ids:
                yield {"community_id": group.id, "language_id": language_id}

    def _members(self) -> Iterator[dict[str, Any]]:
        for group in self.site.groups:
            for place, person in enumerate(group.members):
                yield {
                    "user_id": person.id,
                    "community_id": group.id,
                    "is_moderator": place < group.moderators,
                    "is_owner": place == 0,
                    "created_at": max(person.created, group.created),
                }

    def _domain(self, website: Website) -> dict[str, Any]:
        return {"id": website.id, "name": website.host, "post_count": website.posts}

    def _post(self, entry: Entry) -> dict[str, Any]:
        ups, downs = _counters(entry)
        rank = rules.hot_rank(ups - downs + entry.replies, entry.at)
        words = slug(entry.title)
        path = f"/c/{entry.group.words.name}/p/{entry.id}/{words}"[:255] if words else f"/post/{entry.id}"
        return {
            "id": entry.id,
            "user_id": entry.author.id,
            "community_id": entry.group.id,
            "instance_id": LOCAL_INSTANCE,
            "title": entry.title,
            "slug": path,
            "url": entry.url,
            "body": entry.body.markdown if entry.body else "",
            "body_html": entry.body.html if entry.body else "",
            "type": _type_of(entry),
            "status": PostStatus.PUBLISHED,
            "image_id": entry.file_id,
            "domain_id": self.websites[entry.host].id if entry.host else None,
            "ap_id": f"https://{self.setting.domain}/post/{entry.id}",
            "created_at": entry.at,
            "posted_at": entry.at,
            "edited_at": entry.edited_at,
            "last_active": entry.last_active,
            "sticky": entry.sticky,
            "up_votes": ups,
            "down_votes": downs,
            "score": ups - downs,
            "ranking": rules.stored_rank(rank),
            "ranking_scaled": rules.scaled_rank(rank, self.boosts[id(entry.group)]),
            "reply_count": entry.replies,
            "reply_count_cross_posted": entry.replies + sum(other.replies for other in entry.story),
            "cross_posts": _cross_posts(entry) or None,
        }

    def _comment(self, reply: Reply) -> dict[str, Any]:
        ups, downs = _counters(reply)
        parent = reply.parent
        parent_id = parent.id if parent else None
        reply.path = path_below(parent.path if parent else None, parent_id, reply.id)
        return {
            "id": reply.id,
            "user_id": reply.author.id,
            "post_id": reply.entry.id,
            "community_id": reply.entry.group.id,
            "instance_id": LOCAL_INSTANCE,
            "parent_id": parent_id,
            "root_id": reply.path[1],
            "path": reply.path,
            "depth": reply.depth,
            "body": reply.text.markdown,
            "body_html": reply.text.html,
            "body_html_safe": True,
            "ap_id": f"https://{self.setting.domain}/comment/{reply.id}",
            "notify_author": False,
            "created_at": reply.at,
            "posted_at": reply.at,
            "up_votes": ups,
            "down_votes": downs,
            "score": ups - downs,
            "ranking": confidence(ups, downs),
            "child_count": reply.below,
        }

    def _votes(self, things: Sequence[Entry | Reply], column: str) -> Iterator[dict[str, Any]]:
        """Everybody's own vote first, then those of others some time after."""
        now = self.site.now
        for thing in things:
            vote = {column: thing.id, "author_id": thing.author.id}
            yield vote | {"user_id": thing.author.id, "effect": 1.0, "created_at": thing.at}
            for place, person in enumerate(thing.voters):
                later = max(person.created, thing.at + timedelta(hours=self.chance.expovariate(0.1)))
                effect = -1.0 if place < thing.downs else 1.0
                yield vote | {"user_id": person.id, "effect": effect, "created_at": min(later, now)}

    def _watch(self, entry: Entry) -> dict[str, Any]:
        return {
            "name": entry.title,
            "type": notifications.POST,
            "entity_id": entry.id,
            "user_id": entry.author.id,
            "created_at": entry.at,
        }


def _standing(person: Person) -> dict[str, Any]:
    return {
        "created": person.created,
        "last_seen": person.last_seen,
        "post_count": person.posts,
        "post_reply_count": person.comments,
        "reputation": float(person.reputation),
    }


def _liveliness(group: Group) -> dict[str, Any]:
    return {
        "last_active": group.last_active,
        "post_count": group.posts,
        "post_reply_count": group.comments,
    }


def _loads(what: str, mapped: type[Base], rows: Iterable[dict[str, Any]], count: int) -> Iterator[Load]:
    """Add the columns' defaults to rows that all have the same columns; nothing where there are none.

    Raises:
        LookupError: a default is worked out for each row, so the rows have to bring a value.
    """
    if not count:
        return
    iterator = iter(rows)
    first = next(iterator)
    table = mapped.__table__
    assert isinstance(table, Table)  # noqa: S101 - what is mapped here is a table, never a join
    missing = [column for column in table.columns if column.name not in first and column.default is not None]
    constants = []
    for column in missing:
        if column.default is None or not column.default.is_scalar:
            raise LookupError(f"{table.name}.{column.name} needs a value")
        constants.append(column.default.arg)
    columns = [*first, *(column.name for column in missing)]
    yield Load(what, table, columns, _records(first, iterator, constants), count)


def _records(
    first: dict[str, Any], others: Iterator[dict[str, Any]], constants: list[Any]
) -> Iterator[list[Any]]:
    yield [*first.values(), *constants]
    for row in others:
        yield [*row.values(), *constants]


def _is_preview(thing: Thing) -> bool:
    """Whether the picture was fetched with a link and uploaded by nobody."""
    return isinstance(thing, Entry) and thing.kind != PICTURE


def _type_of(entry: Entry) -> int:
    if entry.kind == PICTURE:
        return PostType.IMAGE
    return rules.type_of(entry.url) if entry.url else PostType.TEXT


def _counters(thing: Entry | Reply) -> tuple[int, int]:
    """Upvotes with the author's own, and downvotes."""
    return 1 + len(thing.voters) - thing.downs, thing.downs


def _cross_posts(entry: Entry) -> list[int]:
    """The ids that publishing one after the other leaves: older posts newest first, then newer ones as they came."""
    older = sorted((other.id for other in entry.story if other.id < entry.id), reverse=True)
    return older + sorted(other.id for other in entry.story if other.id > entry.id)


def _boosts(groups: Sequence[Group]) -> dict[int, int]:
    """What Scaled adds to each community's posts; as `posts.operations.boost_of`, which asks the database."""
    members = sorted((len(group.members) for group in groups), reverse=True)
    # percent_rank() of PostgreSQL: the place of the first equal one, from 0 to 1.
    large = [count for count in members if members.index(count) <= 0.15 * max(len(members) - 1, 1)]
    mean = sum(large) / len(large)
    return {id(group): rules.small_community_boost(len(group.members), mean) for group in groups}
