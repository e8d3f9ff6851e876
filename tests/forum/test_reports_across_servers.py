"""Reports that come from other servers, and are settled by their moderators."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.errors import Banned, Conflict, Forbidden, Gone, Invalid, NotFound
from service.forum.events import ReportFiled
from service.forum.reports import operations as reports
from service.forum.reports.operations import Complaint
from service.storage.tables import Comment, Community, CommunityMember, Post, Report, User
from service.storage.transaction import Database
from tests.forum.elsewhere import change, far_community, row, rows, stranger, told_after
from tests.forum.making import community, member


async def wrote(database: Database, who: Any, place: int) -> tuple[int, int]:
    """A post and a comment of somebody's."""

    async def add(session: AsyncSession) -> tuple[int, int]:
        post = Post(user_id=who.id, community_id=place, title="Day", body="x", instance_id=1)
        session.add(post)
        await session.flush()
        comment = Comment(user_id=who.id, community_id=place, post_id=post.id, body="y", instance_id=1)
        session.add(comment)
        await session.flush()
        return post.id, comment.id

    return await database.write(add)


async def test_somebody_elsewhere_reports_as_ours_do(database: Database) -> None:
    ana, zoe = await member(database, "ana"), await stranger(database, "zoe")
    post, comment = await wrote(database, ana, await community(database, ana))
    long = Complaint(reason="r\0" * 300, description="d" * 300)
    first = await database.write(reports.report_post, zoe, post, long)
    assert await database.write(reports.report_post, zoe, post, long) == first
    assert await told_after(database, reports.report_comment, zoe, comment, Complaint(reason=" ")) == []
    found = await row(database, Report, Report.id == first)
    assert (found.reasons, found.description) == ("r" * 256, "d" * 256)
    assert (found.reporter_id, found.source_instance_id) == (zoe.id, zoe.instance_id)
    assert await rows(database, select(Report.reasons).order_by(Report.id)) == ["r" * 256, "Reported"]
    assert await rows(database, select(Post.reports)) == [1]
    assert await rows(database, select(Comment.reports)) == [1]
    assert await rows(database, select(User.reports).where(User.id == ana.id)) == [2]
    with pytest.raises(Invalid):
        await database.write(reports.report_post, ana, post, long)
    asked = Complaint(reason="spam")
    (filed,) = await told_after(database, reports.report_post, ana, post, asked)
    assert isinstance(filed, ReportFiled)
    alone = Complaint(reason="spam", to_remote=False)
    assert await told_after(database, reports.report_comment, ana, comment, alone) == []


async def test_what_cannot_be_reported_from_elsewhere(database: Database) -> None:
    ana, zoe = await member(database, "ana"), await stranger(database, "zoe")
    post, _ = await wrote(database, ana, await community(database, ana))
    spam = Complaint(reason="spam")
    with pytest.raises(Banned):
        await database.write(reports.report_post, await stranger(database, "max", banned=True), post, spam)
    cases: list[tuple[Any, dict[str, Any], dict[str, Any], type[Exception]]] = [
        (Post, {"reports": -1}, {"reports": 0}, Conflict),
        (Post, {"deleted": True}, {"deleted": False}, Gone),
        (Community, {"private": True}, {"private": False}, NotFound),
    ]
    for table, values, back, error in cases:
        await change(database, table, **values)
        with pytest.raises(error):
            await database.write(reports.report_post, zoe, post, spam)
        await change(database, table, **back)


async def test_a_moderator_elsewhere_settles_what_was_reported(database: Database) -> None:
    ana, mod = await member(database, "ana"), await stranger(database, "mod")
    place = await far_community(database, "dogs")
    post, comment = await wrote(database, ana, place)

    async def appoint(session: AsyncSession) -> None:
        session.add(CommunityMember(user_id=mod.id, community_id=place, is_moderator=True))

    await database.write(appoint)
    for name in ("ben", "kim"):
        by = await member(database, name)
        await database.write(reports.report_post, by, post, Complaint(reason="spam"))
        await database.write(reports.report_comment, by, comment, Complaint(reason="spam"))
    filed = await rows(database, select(Report.id).order_by(Report.id))
    resolve = reports.set_resolved
    with pytest.raises(Forbidden):
        await database.write(resolve, await stranger(database, "zoe"), filed[0], resolved=True)
    for report in filed:
        assert await told_after(database, resolve, mod, report, resolved=True) == []
    assert await rows(database, select(Report.id).where(Report.status == 0)) == []
    assert await rows(database, select(Post.reports)) == [0]
