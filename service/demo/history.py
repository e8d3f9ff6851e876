"""Writes an imagined site down: who is there, then its history chapter by chapter, and at last what that changed."""

import asyncio
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from service.demo import database
from service.demo.database import Bars
from service.demo.imagined import Chapter, Entry, Group, Imagined, Person, Reply, Thing, Website
from service.demo.needs import Setting
from service.demo.rows import Rows
from service.storage.tables import Base, Comment, Community, Domain, File, Post, User


async def write_down(db: AsyncConnection, site: Imagined, setting: Setting, bars: Bars) -> Entry | None:
    """Write the whole site down, no more than one chapter of it in memory; the caller commits.

    Returns the post with the most comments.

    Raises:
        StartupError: somebody took one of the names meanwhile, or the database refuses.
    """
    rows = Rows(site, setting)
    await _number(db, User, site.people)
    await _number(db, Community, site.groups)
    await _number_files(db, [*site.people, *site.groups])
    await database.fill(db, rows.society(), bars)
    busiest: Entry | None = None
    for _ in range(site.parts):
        with bars("history imagined", 1) as shown:
            chapter = await asyncio.to_thread(next, site.chapters)
            shown.step()
        await _write_chapter(db, rows, chapter, bars)
        candidates = chapter.entries if busiest is None else [busiest, *chapter.entries]
        busiest = max(candidates, key=lambda entry: entry.replies, default=None)
    for table, counted in rows.counters():
        await database.correct(db, table, counted)
    await database.judge(db, [person.id for person in site.people])
    return busiest


async def _write_chapter(db: AsyncConnection, rows: Rows, chapter: Chapter, bars: Bars) -> None:
    await _number(db, Post, chapter.entries)
    await _number(db, Comment, chapter.replies)
    await _number_files(db, chapter.entries)
    new = rows.count_links(chapter.entries)
    await _number(db, Domain, new)
    await database.fill(db, rows.chapter(chapter, new), bars)


async def _number(
    db: AsyncConnection, table: type[Base], things: Sequence[Person | Group | Entry | Reply | Website]
) -> None:
    numbers = await database.take_ids(db, table, len(things))
    for thing, number in zip(things, numbers, strict=True):
        thing.id = number


async def _number_files(db: AsyncConnection, things: Sequence[Thing]) -> None:
    shown = [thing for thing in things if thing.has_picture]
    for thing, number in zip(shown, await database.take_ids(db, File, len(shown)), strict=True):
        thing.file_id = number
