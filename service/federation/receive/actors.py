"""Keeps what other servers say of their actors, in the columns that PieFed fills and reads too.

An actor is the one whose id it has, whatever the case; what it says of itself replaces what it said before. Its server
is entered with it. Source: the columns of PieFed's tables `user`, `community`, `feed` and `instance`.
"""

from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.federation.errors import Malformed
from service.federation.origin import host_of
from service.federation.read.actors import Actor
from service.storage.clock import utcnow
from service.storage.tables import (
    Community,
    CommunityFlair,
    CommunityMember,
    Feed,
    File,
    Instance,
    InstanceRole,
    User,
    UserExtraField,
)
from service.text.markdown import render_markdown
from service.text.plain import plain_text
from service.text.sanitising import sanitise

LONGEST_URL, LONGEST_NAME, LONGEST_PICTURE = 255, 255, 1024  # characters, as the columns have them
LONGEST_FLAIR = 50
MESSAGES = {0: "Closed", 1: "Closed", 2: "TrustedOnly", 3: "Open"}


async def store_actor(
    session: AsyncSession, actor: Actor, *, domain: str, owner_id: int | None = None
) -> int:
    """Enter an actor of another server, or what it says of itself now; return its row's id.

    Parameters:
        session: of a write.
        actor: as its own server gives it.
        domain: this site's, for links in Markdown.
        owner_id: of a feed: the account that it belongs to.

    Raises:
        Malformed: its id is longer than any column.
    """
    if len(actor.id) > LONGEST_URL:
        raise Malformed("id: longer than ids are kept here.")
    instance_id = await store_instance(
        session, host_of(actor.id) or "", inbox=actor.shared_inbox or actor.inbox
    )
    match actor.kind:
        case "person":
            return await _person(session, actor, instance_id, domain)
        case "group":
            return await _group(session, actor, instance_id, domain)
        case "feed":
            return await _feed(session, actor, instance_id, domain, owner_id)
        case "instance":
            # It acts, too: servers report in their own name.
            await _instance_actor(session, actor, instance_id)
            return await _person(session, actor, instance_id, domain)


async def store_instance(session: AsyncSession, host: str, *, inbox: str = "") -> int:
    """Enter a server, unless it is known; return its row's id."""
    values = {"domain": host, "software": "", "inbox": _url(inbox), "shared_inbox": _url(inbox)}
    made = insert(Instance).values(**values, dormant=False, gone_forever=False, failures=0, trusted=False)
    found = await session.scalar(made.on_conflict_do_nothing().returning(Instance.id))
    if found is None:
        known = select(Instance.id, Instance.inbox).where(Instance.domain == host)
        found, has = (await session.execute(known)).one()
        if not has and inbox:
            await session.execute(update(Instance).where(Instance.id == found).values(inbox=_url(inbox)))
    instance_id: int = found
    return instance_id


async def note_software(session: AsyncSession, host: str, software: str, version: str, href: str) -> None:
    """Write down what a server says it runs."""
    values = {
        "software": software[:50].lower(),
        "version": version[:50],
        "nodeinfo_href": href[:100],
        "updated_at": utcnow(),
    }
    await session.execute(update(Instance).where(Instance.domain == host).values(values))


async def note_administrators(session: AsyncSession, host: str, actor_ids: list[str]) -> None:
    """Write down who administers a server, of those whom we know: they have a say about what is at home there."""
    instance_id = await session.scalar(select(Instance.id).where(Instance.domain == host))
    if instance_id is None:
        return
    people = select(User.id).where(
        User.instance_id == instance_id, User.ap_profile_id.in_([one.lower() for one in actor_ids])
    )
    known = set(await session.scalars(people))
    await session.execute(
        delete(InstanceRole).where(
            InstanceRole.instance_id == instance_id, InstanceRole.user_id.not_in(known)
        )
    )
    if known:
        rows = [{"instance_id": instance_id, "user_id": one, "role": "admin"} for one in sorted(known)]
        await session.execute(insert(InstanceRole).values(rows).on_conflict_do_nothing())


async def store_moderators(session: AsyncSession, community_id: int, account_ids: list[int]) -> None:
    """Let exactly these accounts moderate a community of another server, as it says itself."""
    office = (CommunityMember.community_id == community_id, CommunityMember.is_moderator.is_(True))
    await session.execute(
        update(CommunityMember)
        .where(*office, CommunityMember.user_id.not_in(account_ids))
        .values(is_moderator=False)
    )
    for account_id in sorted(set(account_ids)):
        made = insert(CommunityMember).values(
            user_id=account_id,
            community_id=community_id,
            is_moderator=True,
            is_owner=False,
            is_banned=False,
            created_at=utcnow(),
        )
        keys = [CommunityMember.user_id, CommunityMember.community_id]
        await session.execute(made.on_conflict_do_update(index_elements=keys, set_={"is_moderator": True}))


async def _instance_actor(session: AsyncSession, actor: Actor, instance_id: int) -> None:
    if actor.inbox:
        await session.execute(
            update(Instance)
            .where(Instance.id == instance_id)
            .values(inbox=_url(actor.shared_inbox or actor.inbox))
        )


async def _person(session: AsyncSession, actor: Actor, instance_id: int, domain: str) -> int:
    about, about_html = _texts(actor, domain)
    values = {
        **_common(actor, instance_id),
        "user_name": actor.name[:LONGEST_NAME],
        "title": actor.title[:256],
        "about": about,
        "about_html": about_html,
        "bot": actor.bot,
        "searchable": actor.discoverable,
        "indexable": actor.indexable,
        "matrix_user_id": actor.matrix,
        "ap_manually_approves_followers": actor.approves_followers,
        "accept_private_messages": 3 if actor.accepts_messages is None else actor.accepts_messages,
        "receive_message_mode": MESSAGES[3 if actor.accepts_messages is None else actor.accepts_messages],
    }
    born = {"created": actor.published or utcnow(), "verified": True, "banned": False, "deleted": False}
    counted = {"reputation": 0.0, "post_count": 0, "post_reply_count": 0, "unread_notifications": 0}
    user_id = await _upsert(
        session, User, values, born | counted | {"newsletter": False, "email_unread": False}
    )
    await _picture(session, User, "avatar_id", user_id, actor.icon)
    await _picture(session, User, "cover_id", user_id, actor.image)
    await session.execute(delete(UserExtraField).where(UserExtraField.user_id == user_id))
    session.add_all(
        UserExtraField(user_id=user_id, label=label, text=sanitise(value)[:1024])
        for label, value in actor.fields
    )
    return user_id


async def _group(session: AsyncSession, actor: Actor, instance_id: int, domain: str) -> int:
    description, description_html = _texts(actor, domain)
    values = {
        **_common(actor, instance_id),
        "name": actor.name[:256],
        "title": actor.title[:256],
        "description": description,
        "description_html": description_html,
        "nsfw": actor.nsfw,
        "private": actor.approves_followers,
        "restricted_to_mods": actor.moderators_only,
        "posting_warning": actor.posting_warning,
        "question_answer": actor.question_answer,
        "new_mods_wanted": actor.new_moderators_wanted,
        "ai_generated": actor.generated,
        "ap_outbox_url": _url(actor.outbox),
        "ap_featured_url": _url(actor.featured),
        "ap_moderators_url": _url(next(iter(actor.moderators), None)),
    }
    now = utcnow()
    popular = await session.scalar(select(Instance.popular).where(Instance.id == instance_id))
    born = {
        "created_at": actor.published or now,
        "last_active": now,
        "first_federated_at": now,
        "show_popular": popular is not False,
        "show_all": popular is not False,
        "searchable": True,
        "banned": False,
        "local_only": False,
        "low_quality": False,
        "subscriptions_count": 0,
        "total_subscriptions_count": 0,
        "post_count": 0,
        "post_reply_count": 0,
        "content_retention": -1,
        "invitations": 0,
    }
    community_id = await _upsert(session, Community, values, born)
    await _picture(session, Community, "icon_id", community_id, actor.icon)
    await _picture(session, Community, "image_id", community_id, actor.image)
    await _flairs(session, community_id, actor)
    return community_id


async def _feed(
    session: AsyncSession, actor: Actor, instance_id: int, domain: str, owner_id: int | None
) -> int:
    description, description_html = _texts(actor, domain)
    host = host_of(actor.id) or ""
    values = {
        **_common(actor, instance_id),
        # The column is unique over all servers, and a local feed has its bare name there.
        "name": f"{actor.name}@{host}"[:256],
        "machine_name": actor.name[:50],
        "title": actor.title[:256],
        "description": description,
        "description_html": description_html,
        "nsfw": actor.nsfw,
        "public": True,
        "ap_outbox_url": _url(actor.outbox),
        "ap_following_url": _url(actor.following),
        "ap_moderators_url": _url(next(iter(actor.moderators), None)),
        "last_edit": actor.updated or utcnow(),
    }
    if owner_id is not None:
        values["user_id"] = owner_id
    born = {
        "created_at": actor.published or utcnow(),
        "banned": False,
        "searchable": True,
        "num_communities": 0,
    }
    feed_id = await _upsert(
        session, Feed, values, born | {"subscriptions_count": 0, "is_instance_feed": False}
    )
    await _picture(session, Feed, "icon_id", feed_id, actor.icon)
    await _picture(session, Feed, "image_id", feed_id, actor.image)
    return feed_id


def _common(actor: Actor, instance_id: int) -> dict[str, Any]:
    """Return what all three tables have; PieFed keeps the shared inbox where there is one."""
    host = host_of(actor.id) or ""
    key = next(iter(actor.keys), None)
    keys = {"public_key": key.pem} if key is not None and key.owner.lower() == actor.id.lower() else {}
    return {
        "ap_id": f"{actor.name}@{host}".lower()[:LONGEST_NAME],
        "ap_profile_id": actor.id.lower(),
        "ap_public_url": actor.id,
        "ap_inbox_url": _url(actor.shared_inbox or actor.inbox),
        "ap_followers_url": _url(actor.followers),
        "ap_preferred_username": actor.name[:LONGEST_NAME],
        "ap_domain": host[:LONGEST_NAME],
        "ap_fetched_at": utcnow(),
        "instance_id": instance_id,
        **keys,
    }


def _texts(actor: Actor, domain: str) -> tuple[str, str]:
    """Return a description as Markdown and as safe HTML: of what its server gives, the Markdown first."""
    if actor.about is not None:
        return actor.about, render_markdown(actor.about, domain=domain)
    html = sanitise(actor.about_html)
    return plain_text(html, 10_000), html


async def _upsert(session: AsyncSession, table: Any, values: dict[str, Any], born: dict[str, Any]) -> int:
    made = insert(table).values(**values, **born)
    stored = made.on_conflict_do_update(index_elements=[table.ap_profile_id], set_=values).returning(table.id)
    found: int = (await session.execute(stored)).scalar_one()
    return found


async def _picture(session: AsyncSession, table: Any, column: str, row_id: int, url: str | None) -> None:
    """Let a row show the picture at an address; a file that shows it already stays."""
    if url is not None and len(url) > LONGEST_PICTURE:
        url = None
    chosen = getattr(table, column)
    known = await session.scalar(
        select(File.source_url).join(table, chosen == File.id).where(table.id == row_id)
    )
    if known == url:
        return
    file_id = None
    if url is not None:
        file = File(source_url=url)
        session.add(file)
        await session.flush()
        file_id = file.id
    await session.execute(
        update(table)
        .where(table.id == row_id)
        .values({column: file_id})
        .execution_options(synchronize_session=False)
    )


async def _flairs(session: AsyncSession, community_id: int, actor: Actor) -> None:
    """Keep a community's flairs as it has them now; those that posts carry are not taken from them."""
    for flair in actor.flairs:
        values = {
            "flair": flair.name[:LONGEST_FLAIR],
            "text_color": flair.text_colour,
            "background_color": flair.background_colour,
            "blur_images": flair.blur,
        }
        known = await session.scalar(
            select(CommunityFlair.id)
            .where(
                CommunityFlair.community_id == community_id,
                (CommunityFlair.ap_id == flair.id) | (func.lower(CommunityFlair.flair) == flair.name.lower()),
            )
            .limit(1)
        )
        if known is None:
            identity = flair.id if flair.id and len(flair.id) <= LONGEST_URL else None
            session.add(CommunityFlair(community_id=community_id, ap_id=identity, **values))
        else:
            await session.execute(update(CommunityFlair).where(CommunityFlair.id == known).values(values))
    await session.flush()


def _url(url: str | None) -> str | None:
    return url if url is not None and len(url) <= LONGEST_URL else None
