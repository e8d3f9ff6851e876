"""The language in which something is written."""

from sqlalchemy import Integer, Select, bindparam, false, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.site import SITE_ID
from service.storage.once import once
from service.storage.statements import Id, literal_limit
from service.storage.tables import Language, Site


async def language_or_default(session: AsyncSession, language_id: int | None) -> int | None:
    """Return a language if the site knows it, else the site's own, or English, as PieFed does.

    What has none, PieFed cannot edit: None is returned only where there are no languages at all.
    """

    async def ask() -> int | None:
        return await session.scalar(_LANGUAGE, {"language_id": language_id})

    return await once(session, ("language", language_id), ask)


def language_wanted() -> Select[int]:
    """SQL: as `language_or_default`; the language is the parameter `language_id`."""
    sites = select(Site.language_id).where(Site.id == literal_column(str(SITE_ID))).scalar_subquery()
    wanted: Id = bindparam("language_id", type_=Integer)
    preferred = (Language.id == wanted, Language.id == sites, Language.code == literal_column("'en'"))
    order = [func.coalesce(better, false()).desc() for better in preferred]
    return select(Language.id).order_by(*order, Language.id).limit(literal_limit(1))


_LANGUAGE = language_wanted()
