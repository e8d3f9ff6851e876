"""Feeds: collections of communities that people make and follow."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.clock import utcnow
from service.storage.tables.base import Actor, Base


class Feed(Actor, Base):
    """A collection of communities, followed as one; local or from another instance."""

    __tablename__ = "feed"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    title: Mapped[str | None] = mapped_column(String(256))
    name: Mapped[str | None] = mapped_column(String(256), index=True, unique=True)
    machine_name: Mapped[str | None] = mapped_column(String(50), index=True)
    description: Mapped[str | None]  # Markdown
    description_html: Mapped[str | None]
    nsfw: Mapped[bool | None] = mapped_column(default=False)
    nsfl: Mapped[bool | None] = mapped_column(default=False)
    public_key: Mapped[str | None]
    private_key: Mapped[str | None]
    subscriptions_count: Mapped[int | None] = mapped_column(default=0)
    instance_id: Mapped[int | None] = mapped_column(ForeignKey("instance.id"), index=True)
    icon_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"))
    image_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"))
    num_communities: Mapped[int | None] = mapped_column(default=0)
    created_at: Mapped[datetime | None] = mapped_column(default=utcnow)
    public: Mapped[bool | None] = mapped_column(index=True, default=False)
    last_edit: Mapped[datetime | None] = mapped_column(default=utcnow)
    parent_feed_id: Mapped[int | None] = mapped_column(ForeignKey("feed.id"), index=True)
    # shown in this site's menu
    is_instance_feed: Mapped[bool | None] = mapped_column(index=True, default=False)
    ap_id: Mapped[str | None] = mapped_column(String(255), index=True)
    ap_profile_id: Mapped[str | None] = mapped_column(String(255), index=True, unique=True)
    ap_public_url: Mapped[str | None] = mapped_column(String(255))
    ap_followers_url: Mapped[str | None] = mapped_column(String(255))
    ap_following_url: Mapped[str | None] = mapped_column(String(255))
    ap_domain: Mapped[str | None] = mapped_column(String(255))
    ap_preferred_username: Mapped[str | None] = mapped_column(String(255))
    ap_discoverable: Mapped[bool | None] = mapped_column(default=False)
    ap_fetched_at: Mapped[datetime | None]
    ap_deleted_at: Mapped[datetime | None]
    ap_inbox_url: Mapped[str | None] = mapped_column(String(255))
    ap_outbox_url: Mapped[str | None] = mapped_column(String(255))
    ap_moderators_url: Mapped[str | None] = mapped_column(String(255))
    banned: Mapped[bool | None] = mapped_column(default=False)
    searchable: Mapped[bool | None] = mapped_column(default=True)
    show_posts_in_children: Mapped[bool | None] = mapped_column(default=False)
    search_vector: Mapped[str | None] = mapped_column(TSVECTOR)


class FeedItem(Base):
    """A community in a feed."""

    __tablename__ = "feed_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    feed_id: Mapped[int | None] = mapped_column(ForeignKey("feed.id"), index=True)
    community_id: Mapped[int | None] = mapped_column(ForeignKey("community.id"), index=True)


class FeedMember(Base):
    """A person who follows a feed."""

    __tablename__ = "feed_member"

    id: Mapped[int] = mapped_column(primary_key=True)
    feed_id: Mapped[int | None] = mapped_column(ForeignKey("feed.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    is_owner: Mapped[bool | None] = mapped_column(default=False)
    notify_new_communities: Mapped[bool | None] = mapped_column(default=False)
    created_at: Mapped[datetime | None] = mapped_column(default=utcnow)
    is_banned: Mapped[bool | None] = mapped_column(index=True, default=False)


class FeedJoinRequest(Base):
    """A follow of a remote feed that waits for its answer."""

    __tablename__ = "feed_join_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    feed_id: Mapped[int | None] = mapped_column(ForeignKey("feed.id"), index=True)
    uuid: Mapped[UUID | None] = mapped_column(index=True, default=uuid4)  # names the Follow activity sent
