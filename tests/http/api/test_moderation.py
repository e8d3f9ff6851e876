"""What moderators do to the people and posts of a community, through the API."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.http.application import Application
from service.storage.clock import utcnow
from service.storage.tables import CommunityBan, ModLog, NotificationSubscription, User
from tests.forum import making
from tests.forum.making import add
from tests.http.api.app_client import App, refusal
from tests.http.people import Person, Place
from tests.serving import held_by
from tests.statements import counted


async def actions(app: Application) -> list[str | None]:
    async with held_by(app).database.read() as db:
        return list(await db.scalars(select(ModLog.action).order_by(ModLog.id)))


async def people(app: Application, number: int, community_id: int, by_id: int) -> None:
    """Make so many people who are banned from a community."""

    async def make(session: AsyncSession) -> None:
        rows = [{"user_name": f"guest{at}", "banned": False, "deleted": False} for at in range(number)]
        ids = (await session.scalars(insert(User).returning(User.id), rows)).all()
        bans = [
            {"user_id": id_, "community_id": community_id, "banned_by": by_id, "reason": "noise"}
            for id_ in ids
        ]
        await session.execute(insert(CommunityBan), bans)

    await held_by(app).database.write(make)


async def test_a_moderator_is_appointed_and_dismissed(app: Application, ana: Person, ben: Person) -> None:
    (hers, place), (his, other) = ana, ben
    sent = {"community_id": place.community_id, "person_id": other.member.id}
    await refusal(his.post("/community/mod", **sent, added=True))
    listed = (await hers.post("/community/mod", **sent, added=True))["moderators"]
    assert [row["moderator"]["user_name"] for row in listed] == ["ana", "ben"]
    listed = (await his.post("/community/mod", **sent, added=False))["moderators"]
    assert [row["moderator"]["user_name"] for row in listed] == ["ana"]
    assert await actions(app) == ["add_mod", "remove_mod"]


async def test_a_ban_is_listed_until_it_is_lifted(app: Application, ana: Person, ben: Person) -> None:
    (hers, place), (his, other) = ana, ben
    who = {"community_id": place.community_id, "user_id": other.member.id}
    await refusal(his.post("/community/moderate/ban", **who, reason="me first"))
    end = (utcnow() + timedelta(days=3)).replace(microsecond=5)
    made = await hers.post(
        "/community/moderate/ban", **who, reason="spam", expires_at=f"{end.isoformat()}+00:00"
    )
    assert (made["banned_user"]["user_name"], made["banned_by"]["user_name"]) == ("ben", "ana")
    assert (made["expired"], made["expires_at"]) == (False, f"{end.isoformat()}Z")
    listed = await hers.get("/community/moderate/bans", community_id=place.community_id)
    assert (listed["items"], listed["next_page"]) == ([made], None)
    await refusal(his.get("/community/moderate/bans", community_id=place.community_id))
    await refusal(his.post("/post", title="Let me in", community_id=place.community_id))
    lifted = await hers.put("/community/moderate/unban", **who)
    assert (lifted["expired"], lifted["banned_user"]["user_name"]) == (True, "ben")
    assert (await hers.get("/community/moderate/bans", community_id=place.community_id))["items"] == []
    await refusal(hers.put("/community/moderate/unban", **who))
    permanent = await hers.post("/community/moderate/ban", **who, reason="spam", permanent=True)
    assert "expires_at" not in permanent
    assert await actions(app) == ["ban_user", "unban_user", "ban_user"]


@pytest.mark.parametrize("end", ["yesterday", "2020-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", 7, "\x00"])
async def test_a_ban_has_an_end_that_can_come(ana: Person, ben: Person, end: Any) -> None:
    who = {"community_id": ana[1].community_id, "user_id": ben[1].member.id, "reason": ""}
    refused = await refusal(ana[0].post("/community/moderate/ban", **who, expires_at=end))
    assert "expires_at" in refused.body["errors"]["json"]


async def test_bans_take_the_same_statements_however_many(app: Application, ana: Person) -> None:
    hers, place = ana
    sent = []
    for more in (10, 90):
        await people(app, more, place.community_id, place.member.id)
        with counted(held_by(app).database) as statements:
            listed = await hers.get("/community/moderate/bans", community_id=place.community_id, limit=100)
        sent.append((len(listed["items"]), len(statements)))
    assert [number for number, _ in sent] == [10, 100]
    assert sent[0][1] == sent[1][1]
    first = await hers.get("/community/moderate/bans", community_id=place.community_id)
    assert (len(first["items"]), first["next_page"]) == (10, "2")


async def test_a_moderator_marks_a_post(app: Application, ana: Person, ben: Person) -> None:
    (hers, place), (his, _) = ana, ben
    post = await his.post("/post", title="Look at this", community_id=place.community_id)
    sent = {"post_id": post["post_view"]["post"]["id"], "nsfw_status": True}
    await refusal(his.post("/community/moderate/post/nsfw", **sent))
    assert (await hers.post("/community/moderate/post/nsfw", **sent))["post"]["nsfw"] is True
    assert (await hers.post("/community/moderate/post/nsfw", **sent))["post"]["nsfw"] is True
    sent["nsfw_status"] = False
    assert (await hers.post("/community/moderate/post/nsfw", **sent))["post"]["nsfw"] is False
    assert await actions(app) == ["mark_post_nsfw", "unmark_post_nsfw"]


async def test_what_was_taken_down_can_be_locked_and_is_pinned_no_more(ana: Person, ben: Person) -> None:
    (hers, place), (his, _) = ana, ben
    post = await his.post("/post", title="Look at this", community_id=place.community_id)
    which = {"post_id": post["post_view"]["post"]["id"]}
    await hers.post("/post/feature", **which, featured=True)
    removed = await hers.post("/post/remove", **which, removed=True, reason="Rude")
    assert removed["community_view"]["community"]["id"] == place.community_id
    assert (await hers.post("/post/lock", **which, locked=True))["post_view"]["post"]["locked"]
    assert not (await hers.post("/post/feature", **which, featured=False))["post_view"]["post"]["sticky"]
    await refusal(hers.post("/post/feature", **which, featured=True))


async def test_the_owner_deletes_a_community_and_restores_it(ana: Person, ben: Person) -> None:
    (hers, place), (his, _) = ana, ben
    which = {"community_id": place.community_id}
    await refusal(his.post("/community/delete", **which, deleted=True))
    gone = (await hers.post("/community/delete", **which, deleted=True))["community_view"]["community"]
    assert (gone["deleted"], gone["removed"]) == (True, False)
    await refusal(his.get("/community", id=place.community_id))
    back = await hers.post("/community/delete", **which, deleted=False)
    assert back["community_view"]["community"]["deleted"] is False
    assert await his.get("/community", id=place.community_id)


async def test_news_of_a_community_are_told_to_who_asked(app: Application, ana: Person, ben: Person) -> None:
    (_, place), (his, _) = ana, ben
    for subscribe in (True, True, False):
        told = await his.put("/community/subscribe", community_id=place.community_id, subscribe=subscribe)
        assert told["community_view"]["activity_alert"] is subscribe
    await refusal(his.put("/community/subscribe", community_id=99_999, subscribe=True))
    async with held_by(app).database.read() as db:
        kinds = select(NotificationSubscription.id).where(NotificationSubscription.type == 1)
        assert not (await db.scalars(kinds)).all()


async def test_leaving_everything_keeps_what_one_moderates(ana: Person, ben: Person) -> None:
    (hers, place), (his, other) = ana, ben
    joined = await his.post("/community/follow", community_id=place.community_id, follow=True)
    assert joined["community_view"]["counts"]["subscriptions_count"] == 2
    mine = await his.post("/community/leave_all")
    assert [row["community"]["id"] for row in mine["follows"]] == [other.community_id]
    left = await hers.get("/community", id=place.community_id)
    assert left["community_view"]["counts"]["subscriptions_count"] == 1


async def act(hers: App, his: App, place: Place, other: Place) -> tuple[int, int]:
    """Do one of everything that is written down."""
    post = await his.post("/post", title="To be judged", community_id=place.community_id)
    post_id = post["post_view"]["post"]["id"]
    said = await his.post("/comment", post_id=post_id, body="Judge me")
    comment_id = said["comment_view"]["comment"]["id"]
    await hers.post("/comment/remove", comment_id=comment_id, removed=True, reason="rude")
    await hers.post("/post/lock", post_id=post_id, locked=True)
    await hers.post("/post/feature", post_id=post_id, featured=True)
    await hers.post("/post/remove", post_id=post_id, removed=True, reason="spam")
    appointed = {"community_id": place.community_id, "person_id": other.member.id}
    await hers.post("/community/mod", **appointed, added=True)
    await hers.post("/community/mod", **appointed, added=False)
    banned = {"community_id": place.community_id, "user_id": other.member.id}
    await hers.post("/community/moderate/ban", **banned, reason="enough")
    return post_id, comment_id


async def test_the_mod_log_has_a_list_for_each_kind_of_act(
    app: Application, ana: Person, ben: Person
) -> None:
    (hers, place), (his, other) = ana, ben
    post_id, comment_id = await act(hers, his, place, other)
    log = await hers.get("/modlog", community_id=place.community_id)
    assert {name: len(views) for name, views in log.items() if views} == {
        "removed_posts": 1,
        "locked_posts": 1,
        "featured_posts": 1,
        "removed_comments": 1,
        "banned_from_community": 1,
        "added_to_community": 2,
    }
    (removed,) = log["removed_posts"]
    assert (removed["mod_remove_post"]["removed"], removed["mod_remove_post"]["reason"]) == (True, "spam")
    assert (removed["moderator"]["user_name"], removed["post"]["id"]) == ("ana", post_id)
    (comment,) = log["removed_comments"]
    assert (comment["comment"]["id"], comment["comment"]["body"]) == (comment_id, "")
    assert comment["commenter"]["user_name"] == "ben"
    (banned,) = log["banned_from_community"]
    assert (banned["banned_person"]["user_name"], banned["community"]["name"]) == ("ben", "place_of_ana")
    assert "posting_warning" in banned["community"], "with its texts, as on its own page"
    narrowed = await hers.get("/modlog", type_="ModLockPost", post_id=post_id)
    assert [name for name, views in narrowed.items() if views] == ["locked_posts"]
    assert not any((await hers.get("/modlog", type_="ModAdd")).values())
    assert not any((await his.get("/modlog")).values()), (
        "the log is for moderators unless the site says otherwise"
    )


async def test_the_log_takes_the_same_statements_however_long(
    app: Application, ana: Person, ben: Person
) -> None:
    (hers, place), (_, other) = ana, ben
    sent = []
    for more in (5, 45):
        database = held_by(app).database
        ids = await making.posts(database, other.member, place.community_id, more)
        said = await making.comments(database, other.member, place.community_id, ids)
        entries = [
            ModLog(user_id=place.member.id, community_id=place.community_id, action="lock_post", post_id=id_)
            for id_ in ids
        ] + [
            ModLog(
                user_id=place.member.id,
                community_id=place.community_id,
                action="delete_post_reply",
                reply_id=id_,
            )
            for id_ in said
        ]
        await add(held_by(app).database, *entries)
        with counted(held_by(app).database) as statements:
            log = await hers.get("/modlog", limit=100)
        sent.append((len(log["locked_posts"]), len(log["removed_comments"]), len(statements)))
    assert [numbers[:2] for numbers in sent] == [(5, 5), (50, 50)]
    assert sent[0][2] == sent[1][2]
