"""Accounts: people here and elsewhere, what they may do, whom they follow or block."""

from datetime import date, datetime

from sqlalchemy import ARRAY, ForeignKey, Index, Integer, SmallInteger, String, func, text, true
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.clock import utcnow
from service.storage.tables.base import Actor, Base


class User(Actor, Base):
    """A person or bot, local (`ap_id` is NULL or ours, instance 1) or known from another instance."""

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_name: Mapped[str | None] = mapped_column(String(255), index=True)
    email: Mapped[str | None] = mapped_column(String(255), index=True)
    password_hash: Mapped[str | None] = mapped_column(String(165))
    verified: Mapped[bool | None] = mapped_column(default=False)
    banned: Mapped[bool | None] = mapped_column(index=True, default=False)
    about: Mapped[str | None]  # Markdown
    keywords: Mapped[str | None] = mapped_column(String(256))
    hide_nsfw: Mapped[int | None] = mapped_column(default=1)  # 0 show, 1 hide, 2 blur, 3 fade
    hide_nsfl: Mapped[int | None] = mapped_column(default=1)  # as hide_nsfw
    created: Mapped[datetime | None] = mapped_column(default=utcnow)
    last_seen: Mapped[datetime | None] = mapped_column(index=True, default=utcnow)
    avatar_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"), index=True)
    cover_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"), index=True)
    public_key: Mapped[str | None]
    private_key: Mapped[str | None]
    newsletter: Mapped[bool | None] = mapped_column(default=True)
    bounces: Mapped[int | None] = mapped_column(SmallInteger, default=0)
    timezone: Mapped[str | None] = mapped_column(String(30))
    stripe_customer_id: Mapped[str | None] = mapped_column(String(50))
    stripe_subscription_id: Mapped[str | None] = mapped_column(String(50))
    searchable: Mapped[bool | None] = mapped_column(default=True)  # listed among the people
    ap_id: Mapped[str | None] = mapped_column(String(255), index=True)  # name@host of a remote person
    # the actor's URL, lower case for local ones
    ap_profile_id: Mapped[str | None] = mapped_column(String(255), index=True, unique=True)
    ap_public_url: Mapped[str | None] = mapped_column(String(255))  # the actor's URL as written
    ap_fetched_at: Mapped[datetime | None]
    ap_followers_url: Mapped[str | None] = mapped_column(String(255))
    ap_preferred_username: Mapped[str | None] = mapped_column(String(255))
    ap_manually_approves_followers: Mapped[bool | None] = mapped_column(default=False)
    ap_deleted_at: Mapped[datetime | None]
    ap_inbox_url: Mapped[str | None] = mapped_column(String(255))
    ap_domain: Mapped[str | None] = mapped_column(String(255))
    search_vector: Mapped[str | None] = mapped_column(TSVECTOR)
    deleted: Mapped[bool | None] = mapped_column(default=False)
    indexable: Mapped[bool | None] = mapped_column(default=True)  # their posts may be found by search
    verification_token: Mapped[str | None] = mapped_column(String(16), index=True)
    reputation: Mapped[float | None] = mapped_column(default=0.0)
    bot: Mapped[bool | None] = mapped_column(index=True, default=False)
    ignore_bots: Mapped[int | None] = mapped_column(default=0)
    unread_notifications: Mapped[int | None] = mapped_column(default=0)
    # (up - down) / (up + down) of the votes cast lately; NULL under ten votes
    attitude: Mapped[float | None]
    about_html: Mapped[str | None]  # sanitised
    instance_id: Mapped[int | None] = mapped_column(ForeignKey("instance.id"), index=True)
    matrix_user_id: Mapped[str | None] = mapped_column(String(256))
    ip_address: Mapped[str | None] = mapped_column(String(50))
    title: Mapped[str | None] = mapped_column(String(256))
    reports: Mapped[int | None] = mapped_column(default=0)  # how often reported
    default_sort: Mapped[str | None] = mapped_column(String(25), default="hot")
    theme: Mapped[str | None] = mapped_column(String(20), default="")
    email_unread: Mapped[bool | None] = mapped_column(default=True)  # wants mail about unread notifications
    email_unread_sent: Mapped[bool | None]  # NULL for remote people
    # Open, TrustedOnly, Closed
    receive_message_mode: Mapped[str | None] = mapped_column(String(20), default="Closed")
    referrer: Mapped[str | None] = mapped_column(String(256))
    markdown_editor: Mapped[bool | None] = mapped_column(default=True)
    interface_language: Mapped[str | None] = mapped_column(String(10))
    # preselected when writing; interface_language is the pages' own
    language_id: Mapped[int | None] = mapped_column(ForeignKey("language.id"))
    reply_collapse_threshold: Mapped[int | None] = mapped_column(default=-10)
    reply_hide_threshold: Mapped[int | None] = mapped_column(default=-20)
    ip_address_country: Mapped[str | None] = mapped_column(String(50))
    default_filter: Mapped[str | None] = mapped_column(String(25), default="subscribed")
    # pseudonym for private votes
    alt_user_name: Mapped[str | None] = mapped_column(String(255), index=True)
    post_count: Mapped[int | None] = mapped_column(default=0)
    post_reply_count: Mapped[int | None] = mapped_column(default=0)
    hide_read_posts: Mapped[bool | None] = mapped_column(default=False)
    deleted_by: Mapped[int | None] = mapped_column(index=True)  # a user's id, without a foreign key
    banned_until: Mapped[datetime | None]  # NULL with banned: for ever
    ban_posts: Mapped[bool | None] = mapped_column(default=False)
    ban_comments: Mapped[bool | None] = mapped_column(default=False)
    feed_auto_follow: Mapped[bool | None] = mapped_column(default=True)
    feed_auto_leave: Mapped[bool | None] = mapped_column(default=True)
    # NULL or empty: every language
    read_language_ids: Mapped[list[int] | None] = mapped_column(ARRAY(Integer))
    # 0 nobody, 1 this instance, 2 trusted instances, 3 everybody
    accept_private_messages: Mapped[int | None] = mapped_column(default=3)
    google_oauth_id: Mapped[str | None] = mapped_column(String(64), index=True, unique=True)
    font: Mapped[str | None] = mapped_column(String(25), default="")
    hide_low_quality: Mapped[bool | None] = mapped_column(default=False)
    vote_privately: Mapped[bool | None] = mapped_column(default=False)  # votes federate under alt_user_name
    additional_css: Mapped[str | None]
    show_subscribed_communities: Mapped[bool | None] = mapped_column(default=False)
    mastodon_oauth_id: Mapped[str | None] = mapped_column(String(64), index=True, unique=True)
    discord_oauth_id: Mapped[str | None] = mapped_column(String(64), index=True, unique=True)
    password_updated_at: Mapped[datetime | None] = mapped_column(default=utcnow)
    bot_override: Mapped[bool | None] = mapped_column(index=True, default=False)
    community_keyword_filter: Mapped[str | None] = mapped_column(String(150))
    suppress_crossposts: Mapped[bool | None] = mapped_column(index=True, default=False)
    default_comment_sort: Mapped[str | None] = mapped_column(String(10), default="hot")
    code_style: Mapped[str | None] = mapped_column(String(25), default="fruity")
    # 0 show, 1 hide, 2 label, 3 fade
    hide_gen_ai: Mapped[int | None] = mapped_column(default=2, server_default=text("2"))
    admin_note: Mapped[str | None]
    finished_onboarding: Mapped[bool | None] = mapped_column(default=False)
    allow_community_themes: Mapped[bool | None] = mapped_column(default=True, server_default=true())

    __table_args__ = (Index("idx_user_user_name_lower", func.lower(user_name)),)


class Role(Base):
    """A role: 1 anonymous, 2 authenticated, 3 staff, 4 administrator; weight orders them."""

    __tablename__ = "role"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None] = mapped_column(String(50))
    weight: Mapped[int | None] = mapped_column(default=0)


class RolePermission(Base):
    """One permission that a role grants."""

    __tablename__ = "role_permission"

    role_id: Mapped[int] = mapped_column(ForeignKey("role.id"), primary_key=True)
    permission: Mapped[str] = mapped_column(String(), primary_key=True, index=True)


class UserRole(Base):
    """A role that an account holds."""

    __tablename__ = "user_role"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id"), primary_key=True)


class UserBlock(Base):
    """One person does not want to see another."""

    __tablename__ = "user_block"

    id: Mapped[int] = mapped_column(primary_key=True)
    blocker_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    blocked_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    created_at: Mapped[datetime | None] = mapped_column(default=utcnow)


class UserFollower(Base):
    """A follow between a local and a remote person."""

    __tablename__ = "user_follower"

    local_user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    remote_user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    is_accepted: Mapped[bool | None] = mapped_column(default=True)
    # true: the remote person follows the local one
    is_inward: Mapped[bool | None] = mapped_column(default=True)
    created_at: Mapped[datetime | None] = mapped_column(default=utcnow)


class UserFollowRequest(Base):
    """A follow that waits for the followed person's answer."""

    __tablename__ = "user_follow_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    follow_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class UserNote(Base):
    """A private note that one person keeps about another."""

    __tablename__ = "user_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    target_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    body: Mapped[str | None]
    created_at: Mapped[datetime | None] = mapped_column(default=utcnow)


class UserExtraField(Base):
    """A labelled line on a profile."""

    __tablename__ = "user_extra_field"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    label: Mapped[str | None] = mapped_column(String(1024))
    text: Mapped[str | None] = mapped_column(String(1024))


class UserFlair(Base):
    """The words a person shows beside their name in one community."""

    __tablename__ = "user_flair"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    community_id: Mapped[int | None] = mapped_column(ForeignKey("community.id"), index=True)
    flair: Mapped[str | None] = mapped_column(String(50), index=True)


class UserFile(Base):
    """A file that a person uploaded, with its size in bytes."""

    __tablename__ = "user_file"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("file.id"), primary_key=True)
    size: Mapped[int | None]


class Registration(Base):
    """An application to join that an administrator decides."""

    __tablename__ = "user_registration"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    answer: Mapped[str | None] = mapped_column(String(512))
    status: Mapped[int | None] = mapped_column(index=True, default=0)  # 0 waiting, 1 approved
    created_at: Mapped[datetime | None] = mapped_column(default=utcnow)
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    warning: Mapped[str | None] = mapped_column(String(100))


class Passkey(Base):
    """A WebAuthn credential of an account."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    passkey_id: Mapped[str | None] = mapped_column(String(256))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    public_key: Mapped[bytes | None]
    created: Mapped[datetime | None] = mapped_column(default=utcnow)
    used: Mapped[datetime | None] = mapped_column(default=utcnow)
    device: Mapped[str | None] = mapped_column(String(50))
    counter: Mapped[int | None] = mapped_column(default=0)


class Reminder(Base):
    """A person asked to be reminded of a post or comment."""

    __tablename__ = "reminder"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    remind_at: Mapped[datetime | None]
    reminder_type: Mapped[int | None]  # 1 post, 2 comment
    reminder_destination: Mapped[int | None]  # the post's or comment's id


class IpBan(Base):
    """An address that may not register or log in."""

    __tablename__ = "ip_ban"

    id: Mapped[int] = mapped_column(primary_key=True)
    ip_address: Mapped[str | None] = mapped_column(String(50), index=True)
    notes: Mapped[str | None] = mapped_column(String(150))
    created_at: Mapped[datetime | None] = mapped_column(default=utcnow)


class Filter(Base):
    """A person's keyword filter over posts and comments."""

    __tablename__ = "filter"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str | None] = mapped_column(String(50))
    filter_posts: Mapped[bool | None] = mapped_column(default=True)
    filter_replies: Mapped[bool | None] = mapped_column(default=False)
    hide_type: Mapped[int | None] = mapped_column(default=0)  # 0 hide behind a warning, 1 hide
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    filter_home: Mapped[bool | None] = mapped_column(default=True)
    expire_after: Mapped[date | None]
    keywords: Mapped[str | None] = mapped_column(String(500))  # one a line
