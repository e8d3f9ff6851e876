"""What administrators make of one server: silence it, trust it, try it again, forget it, and write down why."""

from typing import Any

from sqlalchemy import delete, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import LOCAL_INSTANCE
from service.forum.accounts.authority import Authority
from service.forum.checks import refuse, storable, too_long
from service.forum.errors import NotFound
from service.forum.instances.operations.changed import noted
from service.language import _
from service.storage.tables import (
    Addressed,
    Base,
    Community,
    Instance,
    InstanceRole,
    Peer,
    SilencedCommunity,
    Undelivered,
)

NOTE_LENGTH, WARNING_LENGTH = 5_000, 512


async def silence(session: AsyncSession, by: Authority, domain: str, *, silenced: bool) -> None:
    """Let no community of a server stand in Popular and All, or let them stand there again. Idempotent.

    Who follows such a community sees it as before. What was set for each community is kept and set again at the end.
    """
    instance = await _instance(session, domain)
    instance.popular = not silenced
    await (_hush if silenced else _let_speak)(session, instance.id)
    await noted(session, by, "instance_silence" if silenced else "instance_unsilence", domain)


async def trust(session: AsyncSession, by: Authority, domain: str, *, trusted: bool) -> None:
    """Count a server among the trusted, or not any more. Idempotent."""
    instance = await _instance(session, domain)
    instance.trusted = trusted
    await noted(session, by, "instance_trust" if trusted else "instance_distrust", domain)


async def annotate(
    session: AsyncSession, by: Authority, domain: str, *, note: str, posting_warning: str
) -> None:
    """Keep a note for administrators, and what people are told who post in communities of a server.

    Raises:
        Invalid: a text is too long.
    """
    refuse(
        {
            "note": too_long(note, NOTE_LENGTH),
            "posting_warning": too_long(posting_warning, WARNING_LENGTH),
        }
    )
    instance = await _instance(session, domain)
    instance.admin_note, instance.posting_warning = note or None, posting_warning or None
    await noted(session, by, "instance_annotate", domain)


async def retry(session: AsyncSession, by: Authority, domain: str) -> None:
    """Count a server as one that can be reached, so that it is tried again now."""
    instance = await _instance(session, domain)
    instance.failures, instance.dormant, instance.gone_forever = 0, False, False
    instance.start_trying_again = instance.most_recent_attempt = None
    await session.execute(update(Peer).where(Peer.instance_id == instance.id).values(wish="retry"))
    await noted(session, by, "instance_retry", domain)


async def forget(session: AsyncSession, by: Authority, domain: str) -> None:
    """Forget what is known of a server, and what it was still to get; what its people wrote stays.

    Of a server from which nothing is here, nothing is left. Of any other everything is found out again at the next
    contact: what it runs, who administrates it, whether it can be reached.
    """
    instance = await _instance(session, domain)
    for table in (Addressed, Undelivered, InstanceRole):
        await session.execute(delete(table).where(table.instance_id == instance.id))
    if await _is_referred_to(session, instance.id):
        await session.execute(update(Peer).where(Peer.instance_id == instance.id).values(wish="forget"))
        instance.software = ""
        instance.version = instance.nodeinfo_href = instance.ip_address = None
        instance.failures, instance.dormant, instance.gone_forever = 0, False, False
        instance.start_trying_again = instance.most_recent_attempt = None
    else:
        await session.execute(delete(Peer).where(Peer.instance_id == instance.id))
        await session.delete(instance)
    await session.flush()
    await noted(session, by, "instance_forget", domain)


async def _instance(session: AsyncSession, domain: str) -> Instance:
    if not storable(domain):
        raise NotFound
    statement = select(Instance).where(Instance.domain == domain, Instance.id != LOCAL_INSTANCE)
    instance = (await session.scalars(statement.with_for_update())).one_or_none()
    if instance is None:
        raise NotFound(_("There's been no contact with this server yet."))
    return instance


async def _hush(session: AsyncSession, instance_id: int) -> None:
    shown = select(
        Community.id,
        Community.instance_id,
        func.coalesce(Community.show_popular, True),
        func.coalesce(Community.show_all, True),
    ).where(Community.instance_id == instance_id)
    columns = ["community_id", "instance_id", "show_popular", "show_all"]
    await session.execute(insert(SilencedCommunity).from_select(columns, shown).on_conflict_do_nothing())
    quiet = update(Community).where(Community.instance_id == instance_id)
    await session.execute(quiet.values(show_popular=False, show_all=False))


async def _let_speak(session: AsyncSession, instance_id: int) -> None:
    kept = SilencedCommunity
    mine = select(kept.community_id).where(kept.instance_id == instance_id)
    # What was met while the server was silenced is shown as any new community; where nothing was kept, nothing was
    # silenced here, and what PieFed's administrators set for each community stays.
    met_since = update(Community).where(
        Community.instance_id == instance_id, Community.id.not_in(mine), exists(mine)
    )
    await session.execute(met_since.values(show_popular=True, show_all=True))
    await session.execute(
        update(Community)
        .where(Community.id == kept.community_id, kept.instance_id == instance_id)
        .values(show_popular=kept.show_popular, show_all=kept.show_all)
    )
    await session.execute(delete(kept).where(kept.instance_id == instance_id))


async def _is_referred_to(session: AsyncSession, instance_id: int) -> bool:
    """Whether a row of any table belongs to a server."""
    referring: list[Any] = [
        key.parent
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table is Instance.__table__
    ]
    found = [exists().where(column == instance_id) for column in referring]
    return bool(await session.scalar(select(or_(*found))))
