"""Communities, who belongs to them, their flair, invitations and wiki, and the topics that group them."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, String, false, func, text, true
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.clock import utcnow
from service.storage.tables.base import Actor, Base


class Community(Actor, Base):
    """A community, local (`ap_id` is NULL or ours) or followed from another instance."""

    __tablename__ = "community"

    id: Mapped[int] = mapped_column(primary_key=True)
    icon_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"))
    name: Mapped[str | None] = mapped_column(String(256), index=True)
    title: Mapped[str | None] = mapped_column(String(256))
    description: Mapped[str | None]  # Markdown
    rules: Mapped[str | None]  # part of the search vector; the rules people read are in description
    subscriptions_count: Mapped[int | None] = mapped_column(default=0)  # members on this instance
    post_count: Mapped[int | None] = mapped_column(default=0)
    post_reply_count: Mapped[int | None] = mapped_column(default=0)
    nsfw: Mapped[bool | None] = mapped_column(default=False)
    nsfl: Mapped[bool | None] = mapped_column(default=False)
    created_at: Mapped[datetime | None] = mapped_column(default=utcnow)
    last_active: Mapped[datetime | None] = mapped_column(default=utcnow)
    public_key: Mapped[str | None]
    private_key: Mapped[str | None]
    ap_id: Mapped[str | None] = mapped_column(String(255), index=True)
    ap_profile_id: Mapped[str | None] = mapped_column(String(255), index=True, unique=True)
    ap_followers_url: Mapped[str | None] = mapped_column(String(255))
    ap_preferred_username: Mapped[str | None] = mapped_column(String(255))
    ap_discoverable: Mapped[bool | None] = mapped_column(default=False)
    ap_public_url: Mapped[str | None] = mapped_column(String(255))
    ap_fetched_at: Mapped[datetime | None]
    ap_deleted_at: Mapped[datetime | None]
    ap_inbox_url: Mapped[str | None] = mapped_column(String(255))
    ap_domain: Mapped[str | None] = mapped_column(String(255))
    banned: Mapped[bool | None] = mapped_column(default=False)
    searchable: Mapped[bool | None] = mapped_column(default=True)
    search_vector: Mapped[str | None] = mapped_column(TSVECTOR)
    restricted_to_mods: Mapped[bool | None] = mapped_column(default=False)
    image_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"))
    private_mods: Mapped[bool | None] = mapped_column(default=False)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    ap_moderators_url: Mapped[str | None] = mapped_column(String(255))
    content_warning: Mapped[str | None]
    low_quality: Mapped[bool | None] = mapped_column(default=False)  # votes here leave reputation alone
    new_mods_wanted: Mapped[bool | None] = mapped_column(default=False)
    instance_id: Mapped[int | None] = mapped_column(ForeignKey("instance.id"), index=True)
    description_html: Mapped[str | None]
    content_retention: Mapped[int | None] = mapped_column(default=-1)  # days, -1 for ever
    show_popular: Mapped[bool | None] = mapped_column(default=True)  # its posts may appear in Popular
    show_all: Mapped[bool | None] = mapped_column(default=True)  # its posts may appear in All
    # only people of this instance post; nothing federates
    local_only: Mapped[bool | None] = mapped_column(default=False)
    topic_id: Mapped[int | None] = mapped_column(ForeignKey("topic.id"), index=True)
    default_layout: Mapped[str | None] = mapped_column(String(15))
    ap_outbox_url: Mapped[str | None] = mapped_column(String(255))
    ap_featured_url: Mapped[str | None] = mapped_column(String(255))
    posting_warning: Mapped[str | None] = mapped_column(String(512))
    ignore_remote_language: Mapped[bool | None] = mapped_column(default=False)
    # -1 nobody, 0 everybody, 2 members, 4 this instance, 6 trusted instances
    downvote_accept_mode: Mapped[int | None] = mapped_column(default=0)
    total_subscriptions_count: Mapped[int | None] = mapped_column(default=0)  # members here and elsewhere
    active_daily: Mapped[int | None] = mapped_column(default=0)
    active_weekly: Mapped[int | None] = mapped_column(default=0)
    active_monthly: Mapped[int | None] = mapped_column(default=0)
    active_6monthly: Mapped[int | None] = mapped_column(default=0)
    rss_url: Mapped[str | None] = mapped_column(String(2048))
    private: Mapped[bool | None] = mapped_column(default=False)  # only members read; nothing federates
    can_be_archived: Mapped[bool | None] = mapped_column(index=True, default=True, server_default=true())
    default_post_type: Mapped[str | None] = mapped_column(String(15))
    always_translate: Mapped[bool | None]
    post_url_type: Mapped[str | None] = mapped_column(String(15))
    question_answer: Mapped[bool | None] = mapped_column(default=False, server_default=false())
    ai_generated: Mapped[bool | None] = mapped_column(index=True, default=False)
    ignore_remote_gen_ai: Mapped[bool | None] = mapped_column(default=False)
    first_federated_at: Mapped[datetime | None] = mapped_column(
        index=True, default=utcnow, server_default=func.now()
    )
    encrypted: Mapped[bool | None] = mapped_column(default=False, server_default=false())
    # 0 open, 1 on request, 2 invited by members, 3 by moderators, 4 by the owner
    invitations: Mapped[int | None] = mapped_column(default=0, server_default=text("0"))
    theme: Mapped[str | None] = mapped_column(String(20), default="")

    __table_args__ = (Index("idx_community_fts", search_vector, postgresql_using="gin"),)


class CommunityMember(Base):
    """A person's membership of a community, with what they may do there."""

    __tablename__ = "community_member"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), primary_key=True)
    is_moderator: Mapped[bool | None] = mapped_column(default=False)
    is_owner: Mapped[bool | None] = mapped_column(default=False)
    created_at: Mapped[datetime | None] = mapped_column(default=utcnow)
    is_banned: Mapped[bool | None] = mapped_column(index=True, default=False)
    notify_new_posts: Mapped[bool | None] = mapped_column(default=False)
    joined_via_feed: Mapped[bool | None] = mapped_column(default=False)

    __table_args__ = (Index("ix_community_member_community_banned", community_id, is_banned),)


class CommunityBan(Base):
    """A person banned from a community."""

    __tablename__ = "community_ban"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), primary_key=True)
    banned_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str | None] = mapped_column(String(256))
    created_at: Mapped[datetime | None] = mapped_column(default=utcnow)
    ban_until: Mapped[datetime | None]  # NULL: for ever


class CommunityBlock(Base):
    """A community that a person does not want to see."""

    __tablename__ = "community_block"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), primary_key=True)
    created_at: Mapped[datetime | None] = mapped_column(default=utcnow)


class CommunityFlair(Base):
    """A label that posts of a community may carry."""

    __tablename__ = "community_flair"

    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int | None] = mapped_column(ForeignKey("community.id"), index=True)
    flair: Mapped[str | None] = mapped_column(String(50), index=True)
    text_color: Mapped[str | None] = mapped_column(String(50))
    background_color: Mapped[str | None] = mapped_column(String(50))
    blur_images: Mapped[bool | None] = mapped_column(default=False)
    ap_id: Mapped[str | None] = mapped_column(String(255), index=True, unique=True)


class CommunityInvitation(Base):
    """An invitation to a community, redeemed by its token."""

    __tablename__ = "community_invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str | None] = mapped_column(String(25), index=True)
    community_id: Mapped[int | None] = mapped_column(ForeignKey("community.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    inviter_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime | None] = mapped_column(default=utcnow)


class CommunityJoinRequest(Base):
    """A membership that waits for the other side's answer."""

    __tablename__ = "community_join_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    community_id: Mapped[int | None] = mapped_column(ForeignKey("community.id"), index=True)
    joined_via_feed: Mapped[bool | None] = mapped_column(default=False)
    uuid: Mapped[UUID | None] = mapped_column(index=True, default=uuid4)  # names the Follow activity sent


class CommunityLanguage(Base):
    """A language in which a community may be written."""

    __tablename__ = "community_language"

    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), primary_key=True)
    language_id: Mapped[int] = mapped_column(ForeignKey("language.id"), primary_key=True)


class CommunityThemeAllowed(Base):
    """Whether a person lets a community's theme apply to their pages.

    The table has no primary key where pyfedi's migrations made it; the pair names a row all the same.
    """

    __tablename__ = "community_theme_allowed"

    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"))
    allowed: Mapped[bool | None] = mapped_column(default=False)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))

    __mapper_args__ = {"primary_key": [community_id, user_id]}  # noqa: RUF012


class CommunityWikiPage(Base):
    """A wiki page of a community, in its present state."""

    __tablename__ = "community_wiki_page"

    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int | None] = mapped_column(ForeignKey("community.id"), index=True)
    slug: Mapped[str | None] = mapped_column(String(100), index=True)
    title: Mapped[str | None] = mapped_column(String(255))
    body: Mapped[str | None]
    body_html: Mapped[str | None]
    created_at: Mapped[datetime | None] = mapped_column(default=utcnow)
    edited_at: Mapped[datetime | None] = mapped_column(default=utcnow)
    # 0 moderators, 1 trusted people, 2 members, 3 everybody
    who_can_edit: Mapped[int | None] = mapped_column(default=0)


class CommunityWikiRevision(Base):
    """An earlier state of a wiki page."""

    __tablename__ = "community_wiki_page_revision"

    id: Mapped[int] = mapped_column(primary_key=True)
    wiki_page_id: Mapped[int | None] = mapped_column(ForeignKey("community_wiki_page.id"), index=True)
    community_id: Mapped[int | None] = mapped_column(ForeignKey("community.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    title: Mapped[str | None] = mapped_column(String(255))
    body: Mapped[str | None]
    body_html: Mapped[str | None]
    edited_at: Mapped[datetime | None] = mapped_column(default=utcnow)


class Topic(Base):
    """A topic, possibly under another, that groups communities."""

    __tablename__ = "topic"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None] = mapped_column(String(50))
    num_communities: Mapped[int | None] = mapped_column(default=0)
    machine_name: Mapped[str | None] = mapped_column(String(50), index=True)
    parent_id: Mapped[int | None]  # a topic's id, without a foreign key
    show_posts_in_children: Mapped[bool | None] = mapped_column(default=False)
