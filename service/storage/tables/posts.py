"""Posts and all that hangs on one: bookmarks, pictures, flair, tags, polls, events, and linked websites."""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, ForeignKey, Index, Integer, String, false, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.clock import utcnow
from service.storage.tables.base import Base, Content, Json

NOT_DELETED = text("deleted = false")
NOT_BY_BOT = text("from_bot = false")
PUBLISHED = text("deleted = false AND status > 0")


class Post(Content, Base):
    """A post: link, discussion, image, video, poll or event."""

    __tablename__ = "post"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    community_id: Mapped[int | None] = mapped_column(ForeignKey("community.id"), index=True)
    image_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"), index=True)
    domain_id: Mapped[int | None] = mapped_column(ForeignKey("domain.id"), index=True)
    slug: Mapped[str | None] = mapped_column(String(255))  # path of the post's page
    title: Mapped[str | None] = mapped_column(String(255))
    url: Mapped[str | None] = mapped_column(String(2048))
    body: Mapped[str | None]  # Markdown
    # 1 link, 2 discussion, 3 image, 4 video, 5 poll, 6 event
    type: Mapped[int | None] = mapped_column(default=2)
    has_embed: Mapped[bool | None] = mapped_column(default=False)
    reply_count: Mapped[int | None] = mapped_column(index=True, default=0)
    score: Mapped[int | None] = mapped_column(index=True, default=0)  # sorts Top
    nsfw: Mapped[bool | None] = mapped_column(index=True, default=False)
    nsfl: Mapped[bool | None] = mapped_column(index=True, default=False)
    sticky: Mapped[bool | None] = mapped_column(index=True, default=False)
    created_at: Mapped[datetime | None] = mapped_column(index=True, default=utcnow)  # when it arrived here
    # when its author published it
    posted_at: Mapped[datetime | None] = mapped_column(index=True, default=utcnow)
    last_active: Mapped[datetime | None] = mapped_column(index=True, default=utcnow)
    ip: Mapped[str | None] = mapped_column(String(50))
    up_votes: Mapped[int | None] = mapped_column(default=0)
    down_votes: Mapped[int | None] = mapped_column(default=0)
    ranking: Mapped[int | None] = mapped_column(index=True, default=0)  # precomputed for Hot
    edited_at: Mapped[datetime | None]
    ap_id: Mapped[str | None] = mapped_column(String(255), index=True, unique=True)
    search_vector: Mapped[str | None] = mapped_column(TSVECTOR)
    body_html: Mapped[str | None]  # sanitised
    ap_create_id: Mapped[str | None] = mapped_column(String(100))  # id of the Create
    ap_announce_id: Mapped[str | None] = mapped_column(String(100))  # id of the Announce
    indexable: Mapped[bool | None] = mapped_column(index=True, default=True)
    comments_enabled: Mapped[bool | None] = mapped_column(default=True)
    from_bot: Mapped[bool | None] = mapped_column(index=True, default=False)
    notify_author: Mapped[bool | None] = mapped_column(default=True)
    instance_id: Mapped[int | None] = mapped_column(ForeignKey("instance.id"), index=True)
    mea_culpa: Mapped[bool | None] = mapped_column(default=False)
    reports: Mapped[int | None] = mapped_column(default=0)  # how often reported; -1: ignore reports
    # ids of the posts with the same link
    cross_posts: Mapped[list[int] | None] = mapped_column(ARRAY(Integer))
    language_id: Mapped[int | None] = mapped_column(ForeignKey("language.id"), index=True)
    deleted: Mapped[bool | None] = mapped_column(index=True, default=False)
    microblog: Mapped[bool | None] = mapped_column(default=False)
    deleted_by: Mapped[int | None] = mapped_column(index=True)  # a user's id, without a foreign key
    licence_id: Mapped[int | None] = mapped_column(ForeignKey("licence.id"), index=True)
    ranking_scaled: Mapped[int | None] = mapped_column(index=True, default=0)  # precomputed for Scaled
    ap_updated: Mapped[datetime | None]  # when its own instance last edited it
    scheduled_for: Mapped[datetime | None] = mapped_column(index=True)
    # "daily", "weekly" or "monthly"; an empty one is published once
    repeat: Mapped[str | None] = mapped_column(String(20), default="")
    stop_repeating: Mapped[datetime | None] = mapped_column(index=True)
    # -2 scheduled, -1 draft, 0 under review, 1 published
    status: Mapped[int | None] = mapped_column(index=True, default=1)
    timezone: Mapped[str | None] = mapped_column(String(30))
    archived: Mapped[str | None] = mapped_column(String(100))  # path of the archived comments
    ai_generated: Mapped[bool | None] = mapped_column(index=True, default=False, server_default=false())
    emoji_reactions: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)  # cache of the reactions
    instance_sticky: Mapped[bool | None] = mapped_column(index=True, default=False, server_default=false())
    # comments here and on its cross-posts
    reply_count_cross_posted: Mapped[int | None] = mapped_column(default=0)

    __table_args__ = (
        Index("idx_post_fts", search_vector, postgresql_using="gin"),
        Index("idx_post_reports_gt_0", id, postgresql_where=text("reports > 0")),
        Index("ix_post_community_created_bot", community_id, created_at, postgresql_where=NOT_BY_BOT),
        Index("ix_post_community_id_not_deleted", community_id, postgresql_where=NOT_DELETED),
        Index("ix_post_community_posted_bot", community_id, posted_at, postgresql_where=NOT_BY_BOT),
        Index(
            "ix_post_feed_active",
            last_active.desc(),
            postgresql_where=text("deleted = false AND status > 0 AND last_active IS NOT NULL"),
        ),
        Index(
            "ix_post_feed_community",
            community_id,
            sticky.desc(),
            posted_at.desc(),
            postgresql_where=PUBLISHED,
        ),
        Index(
            "ix_post_feed_hot",
            instance_sticky.desc(),
            ranking.desc(),
            posted_at.desc(),
            postgresql_where=PUBLISHED,
        ),
        Index("ix_post_feed_new", instance_sticky.desc(), posted_at.desc(), postgresql_where=PUBLISHED),
        Index(
            "ix_post_feed_scaled",
            instance_sticky.desc(),
            ranking_scaled.desc(),
            ranking.desc(),
            posted_at.desc(),
            postgresql_where=PUBLISHED,
        ),
        Index("ix_post_feed_top", posted_at.desc(), score.desc(), postgresql_where=PUBLISHED),
        Index("ix_post_user_id_not_deleted", user_id, postgresql_where=NOT_DELETED),
    )


class PostBookmark(Base):
    """A post that a person keeps."""

    __tablename__ = "post_bookmark"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id"), index=True)
    created_at: Mapped[datetime | None] = mapped_column(default=utcnow)


class PostFile(Base):
    """A further picture of a post's gallery; weight orders them."""

    __tablename__ = "post_file"

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("file.id"), primary_key=True)
    weight: Mapped[int | None]


class PostFlair(Base):
    """A community's label on a post."""

    __tablename__ = "post_flair"

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), primary_key=True)
    flair_id: Mapped[int] = mapped_column(ForeignKey("community_flair.id"), primary_key=True)


class PostTag(Base):
    """A hashtag on a post."""

    __tablename__ = "post_tag"

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("tag.id"), primary_key=True)


class ScheduledPost(Base):
    """A post to be published later. Kept for the older program: schedules now live in `post` itself."""

    __tablename__ = "scheduled_post"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    community_id: Mapped[int | None] = mapped_column(ForeignKey("community.id"), index=True)
    image_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"), index=True)
    domain_id: Mapped[int | None] = mapped_column(ForeignKey("domain.id"), index=True)
    licence_id: Mapped[int | None] = mapped_column(ForeignKey("licence.id"), index=True)
    title: Mapped[str | None] = mapped_column(String(255))
    url: Mapped[str | None] = mapped_column(String(2048))
    body: Mapped[str | None]
    microblog: Mapped[bool | None] = mapped_column(default=False)
    nsfw: Mapped[bool | None] = mapped_column(index=True, default=False)
    nsfl: Mapped[bool | None] = mapped_column(index=True, default=False)
    sticky: Mapped[bool | None] = mapped_column(index=True, default=False)
    indexable: Mapped[bool | None] = mapped_column(default=True)
    from_bot: Mapped[bool | None] = mapped_column(index=True, default=False)
    created_at: Mapped[datetime | None] = mapped_column(index=True, default=utcnow)
    language_id: Mapped[int | None] = mapped_column(ForeignKey("language.id"), index=True)
    scheduled_for: Mapped[datetime | None] = mapped_column(index=True)
    repeat: Mapped[str | None] = mapped_column(String(20), default="")


class ReadPost(Base):
    """A post that a person has opened."""

    __tablename__ = "read_posts"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    read_post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), primary_key=True)
    interacted_at: Mapped[datetime | None] = mapped_column(index=True, default=utcnow)

    __table_args__ = (Index("ix_read_posts_user_post", user_id, read_post_id),)


class HiddenPost(Base):
    """A post that a person has hidden from their feeds."""

    __tablename__ = "hidden_posts"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    hidden_post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), primary_key=True)
    interacted_at: Mapped[datetime | None] = mapped_column(index=True, default=utcnow)

    __table_args__ = (Index("ix_hidden_posts_user_post", user_id, hidden_post_id),)


class CalendarEvent(Base):
    """When and where a post of the type event takes place."""

    __tablename__ = "event"

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), primary_key=True)
    start: Mapped[datetime | None] = mapped_column(index=True)
    end: Mapped[datetime | None]
    max_attendees: Mapped[int | None] = mapped_column(default=0)
    full: Mapped[bool | None] = mapped_column(default=False)
    online_link: Mapped[str | None] = mapped_column(String(1024))
    buy_tickets_link: Mapped[str | None] = mapped_column(String(1024))
    event_fee_currency: Mapped[str | None] = mapped_column(String(4))
    event_fee_amount: Mapped[float | None] = mapped_column(default=0.0)
    timezone: Mapped[str | None] = mapped_column(String(30))
    participant_count: Mapped[int | None] = mapped_column(default=0)
    # free, restricted, external, invite
    join_mode: Mapped[str | None] = mapped_column(String(10), default="free")
    external_participation_url: Mapped[str | None] = mapped_column(String(1024))
    anonymous_participation: Mapped[bool | None] = mapped_column(default=False)
    online: Mapped[bool | None] = mapped_column(default=False)
    location: Mapped[dict[str, Any] | None] = mapped_column(Json)


class EventUser(Base):
    """A person's answer to an event."""

    __tablename__ = "event_user"

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    status: Mapped[int | None]
    participation_message: Mapped[str | None] = mapped_column(String(200))


class Poll(Base):
    """The question part of a post of the type poll."""

    __tablename__ = "poll"

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), primary_key=True)
    end_poll: Mapped[datetime | None]
    mode: Mapped[str | None] = mapped_column(String(10))  # single or multiple
    local_only: Mapped[bool | None]
    latest_vote: Mapped[datetime | None]


class PollChoice(Base):
    """An answer one may choose in a poll."""

    __tablename__ = "poll_choice"

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id"), index=True)
    choice_text: Mapped[str | None] = mapped_column(String(200))
    sort_order: Mapped[int | None]
    num_votes: Mapped[int | None] = mapped_column(default=0)


class PollChoiceVote(Base):
    """A person's choice in a poll."""

    __tablename__ = "poll_choice_vote"

    choice_id: Mapped[int] = mapped_column(ForeignKey("poll_choice.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id"), index=True)
    created_at: Mapped[datetime | None] = mapped_column(default=utcnow)


class Tag(Base):
    """A hashtag; `name` in lower case, `display_as` as written."""

    __tablename__ = "tag"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None] = mapped_column(String(256), index=True)
    display_as: Mapped[str | None] = mapped_column(String(256))
    post_count: Mapped[int | None] = mapped_column(default=0)
    banned: Mapped[bool | None] = mapped_column(index=True, default=False)


class Domain(Base):
    """A website that posts link to."""

    __tablename__ = "domain"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None] = mapped_column(String(255), index=True)
    post_count: Mapped[int | None] = mapped_column(default=0)
    banned: Mapped[bool | None] = mapped_column(index=True, default=False)
    notify_mods: Mapped[bool | None] = mapped_column(index=True, default=False)
    notify_admins: Mapped[bool | None] = mapped_column(index=True, default=False)
    post_warning: Mapped[str | None] = mapped_column(String(512))  # shown to who links there


class DomainBlock(Base):
    """A website that a person does not want to see."""

    __tablename__ = "domain_block"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    domain_id: Mapped[int] = mapped_column(ForeignKey("domain.id"), primary_key=True)
    created_at: Mapped[datetime | None] = mapped_column(default=utcnow)


class Licence(Base):
    """A licence under which a post may be published."""

    __tablename__ = "licence"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None] = mapped_column(String(50))
