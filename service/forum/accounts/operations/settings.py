"""All that an account sets about itself in one go, as clients send it: columns, pictures, labelled lines."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts import rules
from service.forum.accounts.operations.profile import edit, set_picture
from service.forum.accounts.viewer import Viewer
from service.forum.attachments.columns import address_of, address_sql
from service.forum.attachments.queries import upload_named
from service.forum.checks import is_id, refuse, too_long
from service.forum.errors import Invalid, NotFound
from service.forum.events import ProfileChanged
from service.forum.phrases import refuse_phrases
from service.language import _
from service.storage.outbox import record
from service.storage.tables import File, User, UserExtraField


class ExtraFieldChange(msgspec.Struct, frozen=True):
    """A labelled line of a profile: a new one without an id, else another wording; without words it goes away."""

    id: int | None = None
    label: str | None = None
    text: str | None = None


class SettingsChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is to change; what is not named stays.

    Attributes:
        columns: As `edit` takes them.
        avatar, cover: The address of a picture that was uploaded here; None for no picture.
        extra_fields: Lines to add, reword or take away.
    """

    columns: Mapping[str, Any]
    avatar: str | UnsetType | None = UNSET
    cover: str | UnsetType | None = UNSET
    extra_fields: Sequence[ExtraFieldChange] = ()


async def save_settings(
    session: AsyncSession, viewer: Viewer, change: SettingsChange, *, domain: str, origin: str
) -> None:
    """Change the viewer's profile and settings, all of it or nothing.

    Parameters:
        domain: this site's.
        origin: the site's own address, which stands before the paths of its files.

    Raises:
        Invalid: a value is invalid; it is named.
    """
    await edit(session, viewer, change.columns, domain=domain)
    await _change_picture(session, viewer, "avatar", change.avatar, origin)
    await _change_picture(session, viewer, "cover", change.cover, origin)
    if change.extra_fields:
        await _change_extra_fields(session, viewer, change.extra_fields)


async def _change_picture(
    session: AsyncSession,
    viewer: Viewer,
    which: Literal["avatar", "cover"],
    url: str | UnsetType | None,
    origin: str,
) -> None:
    """Show the picture behind an address that the viewer got for an upload; the one that they show already stays."""
    if isinstance(url, UnsetType):
        return
    if not url:
        await set_picture(session, viewer, which, None)
        return
    if await _shows(session, viewer, which, url, origin):
        return
    try:
        file_id = await upload_named(await session.connection(), viewer, url)
    except NotFound:
        raise Invalid(
            {which: _("Upload the image to this site first, then send the URL you get back.")}
        ) from None
    await set_picture(session, viewer, which, file_id)


async def _shows(
    session: AsyncSession, viewer: Viewer, which: Literal["avatar", "cover"], url: str, origin: str
) -> bool:
    column = User.avatar_id if which == "avatar" else User.cover_id
    shown = await session.scalar(
        select(address_sql(File.file_path, File.thumbnail_path, File.source_url))
        .join(User, column == File.id)
        .where(User.id == viewer.id)
    )
    return url in {address_of(shown), origin + address_of(shown)}


async def _change_extra_fields(
    session: AsyncSession, viewer: Viewer, changes: Sequence[ExtraFieldChange]
) -> None:
    if len(changes) > 2 * rules.EXTRA_FIELDS_MAX:  # as many to take away as to add
        raise Invalid({"extra_fields": _("There are too many profile fields.")})
    for change in changes:
        await _change_extra_field(session, viewer, change)
    count = select(func.count()).where(UserExtraField.user_id == viewer.id)
    if (await session.scalar(count) or 0) > rules.EXTRA_FIELDS_MAX:
        raise Invalid(
            {
                "extra_fields": _(
                    "Add at most %(extra_fields_max)s profile fields.",
                    extra_fields_max=rules.EXTRA_FIELDS_MAX,
                )
            }
        )
    await record(session, ProfileChanged(account_id=viewer.id), federate=True)


async def _change_extra_field(session: AsyncSession, viewer: Viewer, change: ExtraFieldChange) -> None:
    label, text = (change.label or "").strip(), (change.text or "").strip()
    for words in (label, text):
        refuse({"extra_fields": too_long(words, rules.EXTRA_FIELD_LENGTH)})
        await refuse_phrases(session, {"extra_fields": words})
    if not change.id:
        if label and text:
            session.add(UserExtraField(user_id=viewer.id, label=label, text=text))
            await session.flush()
        return
    own = await session.get(UserExtraField, change.id) if is_id(change.id) else None
    if own is None or own.user_id != viewer.id:
        raise Invalid({"extra_fields": _("This profile field doesn't exist.")})
    if label and text:
        own.label, own.text = label, text
        await session.flush()
        return
    await session.delete(own)
    await session.flush()
