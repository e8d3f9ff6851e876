"""The site itself: its settings, languages, pages and emoji."""

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, true
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.clock import utcnow
from service.storage.tables.base import Base

REFUSED_REFERRERS = "rdrama.net\nahrefs.com\nkiwifarms.sh\nkiwifarms.st"


class Site(Base):
    """The site's face and policies; the one row has the id 1."""

    __tablename__ = "site"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None] = mapped_column(String(256))
    description: Mapped[str | None] = mapped_column(String(256))
    icon_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"))
    public_key: Mapped[str | None]
    private_key: Mapped[str | None]
    enable_downvotes: Mapped[bool | None] = mapped_column(default=True)
    allow_local_image_posts: Mapped[bool | None] = mapped_column(default=True)
    remote_image_cache_days: Mapped[int | None] = mapped_column(default=30)  # days
    enable_nsfw: Mapped[bool | None] = mapped_column(default=False)
    enable_nsfl: Mapped[bool | None] = mapped_column(default=False)
    community_creation_admin_only: Mapped[bool | None] = mapped_column(default=False)
    reports_email_admins: Mapped[bool | None] = mapped_column(default=True)
    # Open, RequireApplication, Closed
    registration_mode: Mapped[str | None] = mapped_column(String(20), default="Closed")
    application_question: Mapped[str | None] = mapped_column(default="")
    allow_or_block_list: Mapped[int | None] = mapped_column(default=2)  # 1 allow list, 2 block list
    allowlist: Mapped[str | None] = mapped_column(default="")
    blocklist: Mapped[str | None] = mapped_column(default="")
    created_at: Mapped[datetime | None] = mapped_column(default=utcnow)
    updated: Mapped[datetime | None] = mapped_column(default=utcnow)
    last_active: Mapped[datetime | None] = mapped_column(default=utcnow)
    log_activitypub_json: Mapped[bool | None] = mapped_column(default=False)
    default_theme: Mapped[str | None] = mapped_column(String(20), default="")
    auto_decline_referrers: Mapped[str | None] = mapped_column(default=REFUSED_REFERRERS)  # one a line
    # one a line; what contains one is dropped
    blocked_phrases: Mapped[str | None] = mapped_column(default="")
    contact_email: Mapped[str | None] = mapped_column(String(255), default="")
    logo: Mapped[str | None] = mapped_column(String(40), default="")
    logo_152: Mapped[str | None] = mapped_column(String(40), default="")
    logo_32: Mapped[str | None] = mapped_column(String(40), default="")
    logo_16: Mapped[str | None] = mapped_column(String(40), default="")
    show_inoculation_block: Mapped[bool | None] = mapped_column(default=True)
    default_filter: Mapped[str | None] = mapped_column(String(20), default="")
    additional_css: Mapped[str | None]
    private_instance: Mapped[bool | None] = mapped_column(default=False)
    logo_180: Mapped[str | None] = mapped_column(String(40), default="")
    enable_gif_reply_rep_decrease: Mapped[bool | None] = mapped_column(default=False)
    enable_chan_image_filter: Mapped[bool | None] = mapped_column(default=False)
    enable_this_comment_filter: Mapped[bool | None] = mapped_column(default=False)
    language_id: Mapped[int | None]  # a language's id, without a foreign key
    additional_js: Mapped[str | None]
    tos_url: Mapped[str | None] = mapped_column(String(256))
    sidebar_html: Mapped[str | None] = mapped_column(default="")
    legal_information_html: Mapped[str | None] = mapped_column(default="")
    about_html: Mapped[str | None] = mapped_column(default="")
    sidebar: Mapped[str | None] = mapped_column(default="")
    legal_information: Mapped[str | None] = mapped_column(default="")
    about: Mapped[str | None] = mapped_column(default="")
    honeypot: Mapped[bool | None] = mapped_column(default=True, server_default=true())
    privacy_url: Mapped[str | None] = mapped_column(String(256))


class Setting(Base):
    """A further setting: a name and a JSON value."""

    __tablename__ = "settings"

    name: Mapped[str] = mapped_column(String(50), primary_key=True)
    value: Mapped[str | None] = mapped_column(String(1024))


class Language(Base):
    """A language; the one with the code `und` is for texts in none in particular."""

    __tablename__ = "language"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str | None] = mapped_column(String(5), index=True)
    name: Mapped[str | None] = mapped_column(String(50))


class CmsPage(Base):
    """A page that administrators write."""

    __tablename__ = "cms_page"

    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str | None] = mapped_column(String(100), index=True)
    title: Mapped[str | None] = mapped_column(String(255))
    body: Mapped[str | None]
    body_html: Mapped[str | None]
    last_edited_by: Mapped[str | None] = mapped_column(String(50))
    created_at: Mapped[datetime | None] = mapped_column(default=utcnow)
    edited_at: Mapped[datetime | None] = mapped_column(default=utcnow)


class CronJobLog(Base):
    """When a regular job of the older program last ran, and how often it should."""

    __tablename__ = "cron_job_log"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None] = mapped_column(String(255), unique=True)
    last_run: Mapped[datetime | None]
    frequency: Mapped[timedelta | None]


class Emoji(Base):
    """A custom emoji."""

    __tablename__ = "emoji"

    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str | None] = mapped_column(String(1024))
    token: Mapped[str | None] = mapped_column(String(20), index=True)  # with its colons
    category: Mapped[str | None] = mapped_column(String(20))
    aliases: Mapped[str | None] = mapped_column(String(100), index=True)
    instance_id: Mapped[int | None] = mapped_column(index=True)


class Interest(Base):
    """A field of interest offered to newcomers, with the communities it suggests."""

    __tablename__ = "interest"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None] = mapped_column(String(50))
    communities: Mapped[str | None]


class ActivityLog(Base):
    """Something an account did, for administrators."""

    __tablename__ = "activity_log"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    activity_type: Mapped[str | None] = mapped_column(String(64))
    activity: Mapped[str | None] = mapped_column(String(255))
    timestamp: Mapped[datetime | None] = mapped_column(index=True, default=utcnow)
