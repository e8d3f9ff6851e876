"""The language in which something is written."""

from typing import Any

from sqlalchemy import Integer, Select, bindparam, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.site import SITE_ID
from service.storage.once import once
from service.storage.statements import Id
from service.storage.tables import Language, Site


async def language_or_default(session: AsyncSession, language_id: int | None) -> int | None:
    """Return a language if the site knows it, else the site's own, or English, as PieFed does.

    What has none, PieFed cannot edit: None is returned only where there are no languages at all.
    """

    async def ask() -> int | None:
        found: int | None = await session.scalar(_LANGUAGE, {"language_id": language_id})
        return found

    return await once(session, ("language", language_id), ask)


def language_wanted() -> Select[Any]:
    """SQL: as `language_or_default`; the language is the parameter `language_id`. Each is looked for if need be."""
    wanted: Id = bindparam("language_id", type_=Integer)
    of_site = Language.id == Site.language_id, Site.id == literal_column(str(SITE_ID))
    first = select(func.min(Language.id))
    choices = (
        first.where(Language.id == wanted),
        first.where(*of_site),
        first.where(Language.code == literal_column("'en'")),
        first,
    )
    return select(func.coalesce(*(choice.scalar_subquery() for choice in choices)))


_LANGUAGE = language_wanted()
