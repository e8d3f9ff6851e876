"""Other instances: what is known of them, who is allowed, what waits to be sent."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text, true
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.clock import utcnow
from service.storage.tables.base import Base, Json


class Instance(Base):
    """A server of the Fediverse; number 1 is this one."""

    __tablename__ = "instance"

    id: Mapped[int] = mapped_column(primary_key=True)
    domain: Mapped[str | None] = mapped_column(String(256), index=True, unique=True)
    inbox: Mapped[str | None] = mapped_column(String(256))
    shared_inbox: Mapped[str | None] = mapped_column(String(256))
    outbox: Mapped[str | None] = mapped_column(String(256))
    software: Mapped[str | None] = mapped_column(String(50))
    version: Mapped[str | None] = mapped_column(String(50))
    created_at: Mapped[datetime | None] = mapped_column(default=utcnow)
    updated_at: Mapped[datetime | None] = mapped_column(default=utcnow)
    last_seen: Mapped[datetime | None] = mapped_column(default=utcnow)  # when something last came from it
    last_successful_send: Mapped[datetime | None]  # when something last reached it
    failures: Mapped[int | None] = mapped_column(default=0)  # sends that failed since
    most_recent_attempt: Mapped[datetime | None]
    dormant: Mapped[bool | None] = mapped_column(default=False)  # not worth sending to for now
    start_trying_again: Mapped[datetime | None]
    gone_forever: Mapped[bool | None] = mapped_column(default=False)  # never sent to again
    ip_address: Mapped[str | None] = mapped_column(String(50))
    trusted: Mapped[bool | None] = mapped_column(index=True, default=False)
    posting_warning: Mapped[str | None] = mapped_column(String(512))
    nodeinfo_href: Mapped[str | None] = mapped_column(String(100))
    admin_note: Mapped[str | None]
    # its new communities may appear in Popular
    popular: Mapped[bool | None] = mapped_column(default=True, server_default=true())

    __table_args__ = (
        Index(
            "ix_instance_created_at_active",
            created_at.desc(),
            postgresql_where=text("gone_forever = false AND dormant = false"),
        ),
    )


class InstanceBan(Base):
    """A person whom an instance has banned."""

    __tablename__ = "instance_ban"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), primary_key=True)
    banned_until: Mapped[datetime | None]


class InstanceBlock(Base):
    """An instance that a person does not want to see."""

    __tablename__ = "instance_block"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), primary_key=True)
    created_at: Mapped[datetime | None] = mapped_column(default=utcnow)


class InstanceChooser(Base):
    """An instance proposed to newcomers who look for one."""

    __tablename__ = "instance_chooser"

    id: Mapped[int] = mapped_column(primary_key=True)
    domain: Mapped[str | None] = mapped_column(String(100), index=True)
    language_id: Mapped[int | None] = mapped_column(index=True)
    nsfw: Mapped[bool | None] = mapped_column(index=True, default=False)
    newbie_friendly: Mapped[bool | None] = mapped_column(index=True, default=True)
    data: Mapped[dict[str, Any] | None] = mapped_column(Json)
    hide: Mapped[bool | None] = mapped_column(index=True, default=False)


class InstanceRole(Base):
    """A remote person who is an administrator of their instance."""

    __tablename__ = "instance_role"

    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    role: Mapped[str | None] = mapped_column(String(50), default="admin")


class AllowedInstance(Base):
    """An instance one federates with while the allow list is in force."""

    __tablename__ = "allowed_instances"

    id: Mapped[int] = mapped_column(primary_key=True)
    domain: Mapped[str | None] = mapped_column(String(256), index=True)
    created_at: Mapped[datetime | None] = mapped_column(default=utcnow)


class BannedInstance(Base):
    """An instance one does not federate with."""

    __tablename__ = "banned_instances"

    id: Mapped[int] = mapped_column(primary_key=True)
    domain: Mapped[str | None] = mapped_column(String(256), index=True)
    reason: Mapped[str | None] = mapped_column(String(256))
    initiator: Mapped[str | None] = mapped_column(String(256))
    created_at: Mapped[datetime | None] = mapped_column(default=utcnow)
    # NULL: banned by an administrator here
    subscription_id: Mapped[int | None] = mapped_column(
        ForeignKey("defederation_subscription.id"), index=True
    )


class DefederationSubscription(Base):
    """An instance whose list of bans is followed."""

    __tablename__ = "defederation_subscription"

    id: Mapped[int] = mapped_column(primary_key=True)
    domain: Mapped[str | None] = mapped_column(String(256), index=True)


class ActivityPubLog(Base):
    """An activity received or sent, kept for debugging."""

    __tablename__ = "activity_pub_log"

    id: Mapped[int] = mapped_column(primary_key=True)
    direction: Mapped[str | None] = mapped_column(String(3))  # in or out
    activity_type: Mapped[str | None] = mapped_column(String(50))
    activity_json: Mapped[str | None]
    result: Mapped[str | None] = mapped_column(String(10))  # success, failure, ...
    exception_message: Mapped[str | None]
    created_at: Mapped[datetime | None] = mapped_column(default=utcnow)
    activity_id: Mapped[str | None] = mapped_column(String(256), index=True)


class ActivityBatch(Base):
    """A vote that waits to be sent together with others."""

    __tablename__ = "activity_batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    instance_id: Mapped[int | None] = mapped_column(ForeignKey("instance.id"), index=True)
    community_id: Mapped[int | None] = mapped_column(ForeignKey("community.id"), index=True)
    source_type: Mapped[int | None] = mapped_column(index=True)
    source_id: Mapped[int | None] = mapped_column(index=True)  # the vote's id, without a foreign key
    payload: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created: Mapped[datetime | None] = mapped_column(default=utcnow)


class SendQueue(Base):
    """A sending that failed and is to be tried again."""

    __tablename__ = "send_queue"

    id: Mapped[int] = mapped_column(primary_key=True)
    destination_domain: Mapped[str | None] = mapped_column(String(255), index=True)
    destination: Mapped[str | None] = mapped_column(String(1024))
    actor: Mapped[str | None] = mapped_column(String(255), index=True)
    private_key: Mapped[str | None] = mapped_column(String(2000))
    payload: Mapped[str | None]
    retries: Mapped[int | None] = mapped_column(default=0)
    max_retries: Mapped[int | None] = mapped_column(default=40)
    retry_reason: Mapped[str | None] = mapped_column(String(255))
    created: Mapped[datetime | None] = mapped_column(default=utcnow)
    send_after: Mapped[datetime | None] = mapped_column(index=True, default=utcnow)
