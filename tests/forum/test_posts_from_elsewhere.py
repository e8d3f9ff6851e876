"""Posts of other servers: the operations that serve our own members take them, by the same rules."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import Author
from service.forum.calendar import EventDetails
from service.forum.errors import Banned, Forbidden, ForumError, Gone, Invalid, NotFound
from service.forum.polls import NewPoll
from service.forum.posts import operations as posts
from service.forum.posts.choices import PollMode
from service.forum.posts.gallery import pictures_of
from service.forum.posts.operations import NewPost, PostChanges, SentFlair, SentPicture, SentPost
from service.forum.provenance import Provenance
from service.storage.clock import utcnow
from service.storage.tables import (
    CalendarEvent,
    Community,
    CommunityBan,
    CommunityFlair,
    CommunityMember,
    Domain,
    File,
    InstanceBan,
    ModLog,
    Poll,
    PollChoice,
    Post,
    PostFlair,
    PostTag,
    PostVote,
    Site,
    Tag,
    User,
)
from service.storage.tables.own import OutboxEvent
from service.storage.transaction import Database
from tests.forum.elsewhere import HOST, change, far_community, row, rows, stranger, told_after
from tests.forum.making import DOMAIN, community, member

YESTERDAY = timedelta(days=1)
HTML = "<p>A <b>fine</b> day. And more.</p><script>evil()</script>"


def origin(by: Author, **values: Any) -> Provenance:
    """Where a post of somebody's comes from."""
    given = {"ap_id": f"https://{HOST}/post/1", "create_id": f"https://{HOST}/activities/create/1"}
    return Provenance(instance_id=by.instance_id, **(given | values))


def a_post(place: int, given: dict[str, Any]) -> NewPost:
    """A post with something to say."""
    usual: dict[str, Any] = {"community_id": place, "title": "A fine day"}
    return NewPost(**(usual | given))


async def publish(database: Database, by: Author, new: NewPost, **values: Any) -> posts.Published:
    return await database.write(posts.publish, by, new, domain=DOMAIN, provenance=origin(by, **values))


async def post_row(database: Database, post_id: int) -> Post:
    return await row(database, Post, Post.id == post_id)


async def test_it_stands_as_one_of_ours_does(database: Database) -> None:
    ana, zoe = await member(database, "ana"), await stranger(database, "zoe", bot=True)
    place = await community(database, ana)
    new = NewPost(
        community_id=place,
        title="A fine day",
        body="*Look*",
        url="https://news.example/fine-day?utm_source=x",
    )
    mine = (await database.write(posts.publish, ana, new, domain=DOMAIN)).post_id
    published = utcnow() - YESTERDAY
    hers = (
        await publish(database, zoe, new, published=published, announce_id="https://far.example/" + 99 * "a")
    ).post_id
    one, other = await post_row(database, mine), await post_row(database, hers)
    same = (
        "title",
        "body",
        "body_html",
        "url",
        "type",
        "status",
        "up_votes",
        "score",
        "nsfw",
        "indexable",
        "domain_id",
    )
    assert {name: getattr(other, name) for name in same} == {name: getattr(one, name) for name in same}
    assert (other.ap_id, other.ap_create_id, other.ap_announce_id) == (
        f"https://{HOST}/post/1",
        f"https://{HOST}/activities/create/1",
        None,  # too long to be shown
    )
    assert (other.instance_id, other.user_id, other.from_bot) == (zoe.instance_id, zoe.id, True)
    assert (other.posted_at, other.last_active) == (published, published)
    assert other.slug == f"/c/cats/p/{hers}/a-fine-day"
    assert (other.ranking or 0) < (one.ranking or 0)
    assert other.cross_posts == [mine]
    assert one.cross_posts == [hers]
    assert await rows(database, select(PostVote.effect).where(PostVote.post_id == hers)) == [1.0]
    assert await rows(database, select(Community.post_count)) == [2]
    assert await rows(database, select(User.post_count).where(User.id == zoe.id)) == [1]
    kinds = await rows(
        database, select(OutboxEvent.topic).where(OutboxEvent.payload["post_id"].as_integer() == hers)
    )
    assert sorted(kinds) == ["media", "notify"]  # and other servers heard of it from its own


async def test_what_comes_twice_is_there_once(database: Database) -> None:
    ana, zoe = await member(database, "ana"), await stranger(database, "zoe")
    new = NewPost(community_id=await community(database, ana), title="A fine day")
    first = await publish(database, zoe, new)
    again = await publish(database, zoe, new)
    twin = await publish(database, zoe, new, ap_id=f"https://{HOST}/post/2")
    assert (first.fresh, again.fresh, twin.fresh) == (True, False, True)
    assert again.post_id == first.post_id != twin.post_id
    assert await rows(database, select(Community.post_count)) == [2]


IMAGE = "https://v.example/1.png"
BOLD = "<p>A <b>fine</b> day. And more.</p>"
STORED: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ({"body": "*x*"}, {"html": HTML}, {"body": "*x*", "body_html": "<p><em>x</em></p>\n"}),
    ({}, {"html": HTML}, {"body": "A **fine** day. And more.", "body_html": BOLD}),
    ({"title": ""}, {"html": HTML}, {"title": "A fine day"}),
    ({"title": "x"}, {}, {"title": "x", "body": "", "body_html": ""}),
    ({"title": "N\0UL \ud800 and\nlines"}, {}, {"title": "NUL and lines"}),
    ({"title": "y" * 300}, {}, {"title": "y" * 254 + "…"}),
    ({"body": "a\0b"}, {}, {"body": "ab"}),
    ({"title": "[NSFL] Day"}, {}, {"nsfl": True}),
    ({"sent": SentPost(locked=True, pinned=True)}, {}, {"comments_enabled": False, "sticky": True}),
    ({"sent": SentPost(microblog=True, indexable=False)}, {}, {"microblog": True, "indexable": False}),
    ({"url": "https://v.example/w/1", "sent": SentPost(video=True)}, {}, {"type": 4}),
    ({"url": "https://v.example/w/1", "sent": SentPost(image_url=IMAGE)}, {}, {"type": 1}),
    ({"url": IMAGE, "sent": SentPost(image_url=IMAGE)}, {}, {"type": 3}),
    ({"sent": SentPost(image_url=IMAGE)}, {}, {"type": 2}),
    ({"sent": SentPost(pictures=(SentPicture(IMAGE),))}, {}, {"type": 3}),
    ({"url": "https://v.example/w/2", "sent": SentPost(pictures=(SentPicture(IMAGE),))}, {}, {"type": 1}),
    ({}, {"create_id": f"https://{HOST}/{'x' * 99}"}, {"ap_create_id": None}),
]


async def test_what_is_stored_of_it(database: Database) -> None:
    zoe, place = await stranger(database, "zoe"), await far_community(database, "dogs")
    await change(database, Site, enable_nsfl=True)
    for at, (given, said, stored) in enumerate(STORED):
        new = a_post(place, given)
        post = await publish(database, zoe, new, **({"ap_id": f"https://{HOST}/post/{at}"} | said))
        found = await post_row(database, post.post_id)
        assert {name: getattr(found, name) for name in stored} == stored


async def test_nothing_was_written_in_the_future(database: Database) -> None:
    zoe, place = await stranger(database, "zoe"), await far_community(database, "dogs")
    new = NewPost(community_id=place, title="Day")
    post = await publish(database, zoe, new, published=datetime(2100, 1, 1))
    posted_at = (await post_row(database, post.post_id)).posted_at
    assert posted_at is not None
    assert posted_at <= utcnow()


FLAIR = (
    CommunityFlair.flair,
    CommunityFlair.ap_id,
    CommunityFlair.text_color,
    CommunityFlair.background_color,
)


async def test_pictures_flairs_and_hashtags_of_theirs(database: Database) -> None:
    zoe, place = await stranger(database, "zoe"), await far_community(database, "dogs")
    flair = SentFlair(
        name="Photo", ap_id=f"https://{HOST}/c/dogs/tag/1", text_color="#fff", background_color="red"
    )
    sent = SentPost(
        image_url="https://far.example/i.png", flairs=(flair, flair), hashtags=("#Walk", "walk", "dogs", "")
    )
    new = NewPost(
        community_id=place, title="Day", url="https://far.example/i.png", alt_text="a dog", sent=sent
    )
    post = (await publish(database, zoe, new)).post_id
    await publish(database, zoe, new, ap_id=f"https://{HOST}/post/2")
    picture = (
        select(File.source_url, File.alt_text).join(Post, Post.image_id == File.id).where(Post.id == post)
    )
    assert await rows(database, picture) == [("https://far.example/i.png", "a dog")]
    assert await rows(database, select(*FLAIR)) == [("Photo", flair.ap_id, "#fff", "#DEDDDA")]
    assert await rows(database, select(func.count()).select_from(PostFlair)) == [2]
    assert await rows(database, select(Tag.name, Tag.display_as, Tag.post_count)) == [("walk", "walk", 2)]
    assert await rows(database, select(func.count()).select_from(PostTag)) == [2]


async def test_all_pictures_of_theirs_as_they_say_now(database: Database) -> None:
    zoe, place = await stranger(database, "zoe"), await far_community(database, "dogs")

    def sent(*words: str, of: str = "far.example") -> SentPost:
        return SentPost(pictures=tuple(SentPicture(f"https://{of}/{word[0]}.png", word) for word in words))

    post_id = (
        await publish(database, zoe, NewPost(community_id=place, title="Day", sent=sent("a", "b", "c")))
    ).post_id

    async def hung() -> list[tuple[str | None, str | None]]:
        async with database.read() as db:
            return [
                (one.image.url if one.image else None, one.alt_text) for one in await pictures_of(db, post_id)
            ]

    async def says(now: SentPost, at: int, **changes: Any) -> None:
        when = origin(zoe, updated=utcnow() + timedelta(seconds=at))
        await database.write(
            posts.edit, zoe, post_id, PostChanges(sent=now, **changes), domain=DOMAIN, provenance=when
        )

    far = "https://far.example"
    assert await hung() == [(f"{far}/a.png", "a"), (f"{far}/b.png", "b"), (f"{far}/c.png", "c")]
    files = await rows(database, select(func.max(File.id)))
    await says(sent("a", "better", "c"), 1)
    assert await hung() == [(f"{far}/a.png", "a"), (f"{far}/b.png", "better"), (f"{far}/c.png", "c")]
    assert await rows(database, select(func.max(File.id))) == files, "no picture is another one"
    await says(SentPost(locked=True), 2)
    assert len(await hung()) == 3, "nothing was said of them"
    await says(sent("d", "a"), 3)
    assert await hung() == [(f"{far}/d.png", "d"), (f"{far}/a.png", "a")]
    await says(sent("d", "e"), 4, url="https://news.example/x")
    assert await hung() == [(f"{far}/d.png", "d")], "a link has no gallery"
    assert await rows(database, select(func.count()).select_from(File)) == [1]


async def test_what_a_community_here_offers_its_moderators_say(database: Database) -> None:
    zoe, ana = await stranger(database, "zoe"), await member(database, "ana")
    new = NewPost(
        community_id=await community(database, ana),
        title="Day",
        sent=SentPost(flairs=(SentFlair(name="Mine"),)),
    )
    await publish(database, zoe, new)
    assert await rows(database, select(CommunityFlair.id)) == []


async def test_polls_and_events_of_theirs(database: Database) -> None:
    zoe, place = await stranger(database, "zoe"), await far_community(database, "dogs")
    over = utcnow() - YESTERDAY
    poll = NewPoll(choices=("yes", "no", "no", "z" * 300), votes=(5, 7, 1), end=over, mode=PollMode.MULTIPLE)
    await publish(database, zoe, NewPost(community_id=place, title="Walk?", poll=poll))
    counts = select(PollChoice.choice_text, PollChoice.num_votes).order_by(PollChoice.sort_order)
    assert await rows(database, counts) == [("yes", 5), ("no", 1), ("z" * 200, 0)]
    assert await rows(database, select(Poll.end_poll)) == [over]
    event = EventDetails(
        start=over, end=over - YESTERDAY, timezone="Nowhere/Land", max_attendees=-1, online_link="ftp:x"
    )
    await publish(
        database, zoe, NewPost(community_id=place, title="Walk", event=event), ap_id=f"https://{HOST}/post/2"
    )
    found = await row(database, CalendarEvent)
    assert (found.start, found.end, found.timezone, found.max_attendees, found.online_link) == (
        over,
        over,
        "",
        0,
        "",
    )


REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any], type[ForumError]]] = {
    "too long an identifier": ({}, {"ap_id": f"https://{HOST}/{'x' * 255}"}, Invalid),
    "nothing to see": ({"title": "\u200b"}, {}, Invalid),
    "no address": ({"url": "javascript:alert(1)"}, {}, Invalid),
    "a blocked phrase": ({"title": "Buy pills now"}, {}, Invalid),
    "a blocked phrase in HTML": ({}, {"html": "<p>Buy <i>pills</i> now</p>"}, Invalid),
    "a blocked website": ({"url": "https://spam.example/x"}, {}, Invalid),
    "not for this site": ({"nsfw": True}, {}, Invalid),
}


async def test_what_the_site_does_not_take(database: Database) -> None:
    zoe, place = await stranger(database, "zoe"), await far_community(database, "dogs")
    await change(database, Site, blocked_phrases="pills", enable_nsfw=False)
    await database.write(_ban_website)
    for case, (given, said, error) in REFUSED.items():
        new = a_post(place, given)
        with pytest.raises(error):
            pytest.fail(f"{case}: {await publish(database, zoe, new, **said)}")
    assert await rows(database, select(Post.id)) == []


async def _ban_website(session: AsyncSession) -> None:
    session.add(Domain(name="spam.example", banned=True))


PLACES: dict[str, tuple[dict[str, Any], type[ForumError]]] = {
    "restricted_to_mods": ({"restricted_to_mods": True}, Forbidden),
    "local_only": ({"local_only": True}, Forbidden),
    "private": ({"private": True}, NotFound),
    "closed": ({"banned": True}, NotFound),
}


async def test_who_may_post_in_a_community_here(database: Database) -> None:
    zoe, ana = await stranger(database, "zoe"), await member(database, "ana")
    for case, (values, error) in PLACES.items():
        place = await community(database, ana, case)
        await change(database, Community, Community.id == place, **values)
        new = NewPost(community_id=place, title="Day")
        with pytest.raises(error):
            pytest.fail(f"{case}: {await publish(database, zoe, new, announce_id=f'https://{HOST}/a')}")


async def test_a_community_elsewhere_knows_better_who_moderates_it(database: Database) -> None:
    zoe, place = (
        await stranger(database, "zoe"),
        await far_community(database, "dogs", restricted_to_mods=True),
    )
    new = NewPost(community_id=place, title="Day")
    with pytest.raises(Forbidden):
        await publish(database, zoe, new)
    assert (await publish(database, zoe, new, announce_id=f"https://{HOST}/a")).fresh


async def test_bans_hold_for_people_from_elsewhere(database: Database) -> None:
    place = await far_community(database, "dogs")
    banned = {
        "from the site": (await stranger(database, "zoe", banned=True)),
        "until it is over": (await stranger(database, "max", banned=True, banned_until=datetime(2100, 1, 1))),
        "from posting": (await stranger(database, "liz", ban_posts=True)),
        "by the community": (await stranger(database, "tom")),
        "by its server": (await stranger(database, "jim", host="other.example")),
    }
    home = await row(database, Community)

    async def ban(session: AsyncSession) -> None:
        tom, jim = banned["by the community"], banned["by its server"]
        session.add(CommunityBan(user_id=tom.id, community_id=place, banned_by=tom.id))
        session.add(InstanceBan(user_id=jim.id, instance_id=home.instance_id))

    await database.write(ban)
    new = NewPost(community_id=place, title="Day")
    for case, who in banned.items():
        with pytest.raises(Banned):
            pytest.fail(f"{case}: {await publish(database, who, new)}")
    free = await stranger(database, "ron", banned=True, banned_until=datetime(2020, 1, 1))
    assert (await publish(database, free, new)).fresh


async def test_history_is_told_to_nobody(database: Database) -> None:
    zoe, place = await stranger(database, "zoe"), await far_community(database, "dogs")
    await publish(database, zoe, NewPost(community_id=place, title="Day"), is_history=True)
    assert await rows(database, select(OutboxEvent.kind)) == []


async def test_changes_from_elsewhere(database: Database) -> None:
    zoe, max_ = await stranger(database, "zoe"), await stranger(database, "max")
    place = await far_community(database, "dogs")
    new = NewPost(community_id=place, title="Day", poll=NewPoll(choices=("a", "b")))
    then = utcnow() - YESTERDAY
    post = (await publish(database, zoe, new, updated=then)).post_id

    async def edit(by: Author, changes: PostChanges, **said: Any) -> bool:
        said = {"updated": utcnow()} | said
        return await database.write(
            posts.edit, by, post, changes, domain=DOMAIN, provenance=origin(by, **said)
        )

    assert not await edit(zoe, PostChanges(title="Older"), updated=then - YESTERDAY)
    assert await edit(zoe, PostChanges(title="Newer", body=None, sent=SentPost(locked=True)), html=HTML)
    now = await post_row(database, post)
    assert (now.title, now.body_html, now.comments_enabled) == (
        "Newer",
        "<p>A <b>fine</b> day. And more.</p>",
        False,
    )
    with pytest.raises(Forbidden):
        await edit(max_, PostChanges(title="Mine now"))
    counts = select(PollChoice.choice_text, PollChoice.num_votes).order_by(PollChoice.sort_order)
    await edit(zoe, PostChanges(poll=NewPoll(choices=("a", "b"), votes=(3, 4))))
    assert await rows(database, counts) == [("a", 3), ("b", 4)]
    await edit(zoe, PostChanges(poll=NewPoll(choices=("a", "c"))))
    assert await rows(database, counts) == [("a", 0), ("c", 0)]
    assert await told_after(database, posts.set_deleted, zoe, post, deleted=True) == []
    with pytest.raises(Gone):
        await edit(zoe, PostChanges(title="After all"))


async def test_who_may_moderate_from_elsewhere(database: Database) -> None:
    zoe = await stranger(database, "zoe", host="her.example")
    place = await far_community(database, "dogs")
    post = (await publish(database, zoe, NewPost(community_id=place, title="Day"))).post_id
    moderator = await stranger(database, "mod")

    async def appoint(session: AsyncSession) -> None:
        session.add(CommunityMember(user_id=moderator.id, community_id=place, is_moderator=True))

    await database.write(appoint)
    acts: list[tuple[Any, str, dict[str, Any]]] = [
        (posts.set_locked, "lock_post", {"locked": True, "reason": "x"}),
        (posts.set_locked, "unlock_post", {"locked": False}),
        (posts.set_pinned, "featured_post", {"pinned": True}),
        (posts.set_pinned, "unfeatured_post", {"pinned": False}),
        (posts.set_removed, "delete_post", {"removed": True, "reason": "x"}),
        (posts.set_removed, "restore_post", {"removed": False}),
    ]
    there = await stranger(database, "boss", admin=True)
    of_the_authors = await stranger(database, "chief", host="her.example", admin=True)
    for by in (moderator, there, of_the_authors):
        for operation, action, values in acts:
            assert await told_after(database, operation, by, post, **values) == []
            log = select(ModLog.action, ModLog.user_id, ModLog.type).order_by(ModLog.id.desc()).limit(1)
            assert await rows(database, log) == [(action, by.id, "mod")]
    for by in (
        await stranger(database, "max"),
        await stranger(database, "far", host="x.example", admin=True),
    ):
        for operation, _, values in acts:
            with pytest.raises(Forbidden):
                await database.write(operation, by, post, **values)
    with pytest.raises(Forbidden):
        await database.write(posts.set_pinned, there, post, pinned=True, site_wide=True)
