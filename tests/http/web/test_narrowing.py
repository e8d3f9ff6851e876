"""Lists are narrowed: a community's by a label, a search by time and order, an administrator's feeds by their kind."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from service.http.application import Application
from service.storage.clock import utcnow
from service.storage.tables import CommunityFlair, Feed, PostFlair
from tests.forum import making
from tests.http.web.visitor import Page, Visitor
from tests.serving import held_by


def cards(page: Page) -> list[str]:
    return [tag["id"] for name, tag in page.tags if name == "article"]


async def test_a_community_shows_what_has_a_label(
    app: Application, founder: Visitor, stranger: Visitor
) -> None:
    await making.add(
        held_by(app).database,
        CommunityFlair(
            id=1, community_id=1, flair="Kitten", text_color="#000000", background_color="#ffffff"
        ),
    )
    await founder.publish("cats", "Second cat")
    await making.add(held_by(app).database, PostFlair(post_id=2, flair_id=1))
    page = await stranger.get("/c/cats")
    assert page.links("/c/cats?flair=") == ["/c/cats?flair=1"]
    assert len(cards(page)) == 2
    narrowed = await stranger.get("/c/cats?flair=1")
    assert cards(narrowed) == ["post_2"]
    assert all("flair=1" in link for link in narrowed.links("/c/cats?") if "sort=" in link)
    for nonsense in ("2", "x", "99999999999999"):
        assert len(cards(await stranger.get(f"/c/cats?flair={nonsense}"))) == 2


@pytest.mark.parametrize("show", ["posts", "comments"])
async def test_searches_go_back_so_far(
    app: Application, founder: Visitor, stranger: Visitor, show: str
) -> None:
    await founder.get("/post/1")
    await founder.send("/post/1/reply", body="A cat indeed")
    for age, found in ((3, {"": True, "day": False, "week": True}), (40, {"month": False, "year": True})):
        long_ago = utcnow() - timedelta(days=age)
        for table in ("post", "post_reply"):
            await held_by(app).database.write(
                lambda session, table=table, when=long_ago: session.execute(  # type: ignore[misc]
                    text(f"UPDATE {table} SET posted_at = :when"), {"when": when}
                )
            )
        for time, is_there in found.items():
            page = await stranger.get(f"/search?q=cat&show={show}&time={time}")
            assert ("No results found" not in page.text) is is_there, (age, time)


async def test_each_kind_of_search_has_its_orders(founder: Visitor, stranger: Visitor) -> None:
    for show in ("posts", "comments", "communities", "people"):
        page = await stranger.get(f"/search?q=a&show={show}&sort=nonsense&time=nonsense")
        assert page.status == 200
        for link in page.links(f"/search?q=a&show={show}&sort="):
            assert (await stranger.get(link)).status == 200, link


async def test_administrators_show_feeds_and_take_them_down(
    app: Application, administrator: Visitor, founder: Visitor, stranger: Visitor
) -> None:
    await founder.send("/feed/new", name="mix", title="Mix", communities="cats", public="1")
    await making.add(
        held_by(app).database, Feed(id=50, title="Others", name="o", machine_name="o", public=True)
    )
    assert (await founder.get("/admin/feeds/")).status == 403
    assert "Mix" in (await administrator.get("/admin/feeds/?q=mix")).text
    assert "Mix" not in (await administrator.get("/admin/feeds/?kind=site")).text
    await administrator.send("/admin/feeds/1/feature")
    assert "Mix" in (await administrator.get("/admin/feeds/?kind=site")).text
    await administrator.send("/admin/feeds/1/remove")
    assert (await stranger.get("/f/mix")).status == 404
    assert "Mix" in (await administrator.get("/admin/feeds/?kind=removed")).text
    assert (await founder.send("/feed/1/restore")).status == 403
    await administrator.send("/admin/feeds/1/restore")
    assert (await stranger.get("/f/mix")).status == 200
    await founder.send("/f/mix/delete")
    assert (await founder.send("/feed/1/restore")).status == 303
    assert (await administrator.send("/admin/feeds/4711/remove")).status == 404
