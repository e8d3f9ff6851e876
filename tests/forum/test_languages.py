"""In which language something counts as written."""

from sqlalchemy import delete, insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.posts.operations import language_or_default
from service.storage.tables import Language, Site
from service.storage.transaction import Database

ENGLISH, FRENCH, GERMAN = 90_002, 90_003, 90_001


async def test_the_one_that_is_said_or_the_sites_or_english_or_any(database: Database) -> None:
    async def work(session: AsyncSession) -> list[int | None]:
        async def chosen(language_id: int | None) -> int | None:
            session.info.clear()  # else it is asked once in a transaction
            return await language_or_default(session, language_id)

        await session.execute(update(Site).values(language_id=None))
        await session.execute(delete(Language))
        seen = [await chosen(FRENCH)]
        await session.execute(insert(Site).values(id=2, language_id=None))
        for id_, code in ((FRENCH, "fr"), (GERMAN, "de")):
            await session.execute(insert(Language).values(id=id_, code=code, name=code))
        seen += [await chosen(FRENCH), await chosen(4711), await chosen(None)]
        await session.execute(insert(Language).values(id=ENGLISH, code="en", name="English"))
        seen.append(await chosen(None))
        await session.execute(update(Site).where(Site.id == 1).values(language_id=FRENCH))
        return [*seen, await chosen(None), await chosen(GERMAN)]

    assert await database.write(work) == [None, FRENCH, GERMAN, GERMAN, ENGLISH, FRENCH, GERMAN]
