"""What moderators do, wherever community, author and moderator live."""

import pytest

from tests.federate.acting import (
    Place,
    becomes,
    comment,
    community,
    joined,
    keeper,
    member,
    number,
    publish,
    settled,
)
from tests.federate.site import Person, Site

DELETED = "SELECT deleted FROM post WHERE ap_id = $1"
REPLY_DELETED = "SELECT deleted FROM post_reply WHERE ap_id = $1"
RESOLVED = 3  # as PieFed stores it
LOCKED = "SELECT comments_enabled FROM post WHERE ap_id = $1"
PINNED = "SELECT sticky FROM post WHERE ap_id = $1"
BANNED = (
    'SELECT count(*) FROM community_ban b JOIN "user" u ON u.id = b.user_id '
    "JOIN community c ON c.id = b.community_id WHERE u.ap_profile_id = $1 AND c.ap_profile_id = $2"
)
MODERATES = (
    'SELECT coalesce(bool_or(is_moderator), false) FROM community_member m JOIN "user" u ON u.id = m.user_id '
    "JOIN community c ON c.id = m.community_id WHERE u.ap_profile_id = $1 AND c.ap_profile_id = $2"
)


async def known_as_administrator(site: Site, person: Person) -> None:
    """Wait until a site knows that somebody administers the other one."""
    administers = (
        'SELECT count(*) FROM instance_role r JOIN "user" u ON u.id = r.user_id WHERE u.ap_profile_id = $1'
    )
    await becomes(site, administers, (person.id,), 1, within=120)


async def appointed(one: Site, here: Place, person: Person) -> None:
    """Let somebody of another site moderate a community of this one."""
    await keeper(one).post(
        "/community/mod", community_id=here.number, person_id=await number(one, person.id), added=True
    )
    await becomes(person.site, MODERATES, (person.id, here.id), True)


@pytest.mark.scenario(85)
async def test_moderators_are_appointed_and_dismissed(one: Site, other: Site) -> None:
    here = await community(keeper(one))
    person = await member(other)
    await joined(person, here)
    await appointed(one, here, person)
    await keeper(one).post(
        "/community/mod", community_id=here.number, person_id=await number(one, person.id), added=False
    )
    await becomes(other, MODERATES, (person.id, here.id), False)


@pytest.mark.scenario(80, 82)
@pytest.mark.parametrize("by", ["the community's site", "another site"])
async def test_posts_and_comments_are_removed_and_restored(one: Site, other: Site, by: str) -> None:
    here = await community(keeper(one))
    person, moderator = await member(other), await member(other)
    there = await joined(person, here)
    await joined(moderator, here)
    if by == "another site":
        await appointed(one, here, moderator)
    acting = moderator if by == "another site" else keeper(one)
    posts = [await publish(keeper(one), here), await publish(person, there)]
    replies = [await comment(keeper(one), posts[1]), await comment(person, posts[0])]
    for thing in posts + replies:
        for site in (one, other):
            await number(site, thing)
    for removed in (True, False):
        await _remove(acting, posts, "post", removed=removed)
        await _remove(acting, replies, "comment", removed=removed)
        for site in (one, other):
            for post, reply in zip(posts, replies, strict=True):
                await becomes(site, DELETED, (post,), removed)
                await becomes(site, REPLY_DELETED, (reply,), removed)


async def _remove(moderator: Person, things: list[str], kind: str, *, removed: bool) -> None:
    for thing in things:
        row = {f"{kind}_id": await number(moderator.site, thing)}
        await moderator.post(f"/{kind}/remove", **row, removed=removed, reason="off topic")


@pytest.mark.scenario(83, 84)
async def test_posts_are_locked_and_pinned(one: Site, other: Site) -> None:
    here = await community(keeper(one))
    person = await member(other)
    there = await joined(person, here)
    await appointed(one, here, person)
    post = await publish(person, there)
    await number(one, post)
    for acting, seen_by in ((keeper(one), other), (person, one)):
        for on in (True, False):
            mine = await number(acting.site, post)
            await acting.post("/post/lock", post_id=mine, locked=on)
            await becomes(seen_by, LOCKED, (post,), not on)
            await acting.post("/post/feature", post_id=mine, featured=on, feature_type="Community")
            await becomes(seen_by, PINNED, (post,), on)


@pytest.mark.scenario(86)
async def test_a_ban_from_a_community_binds_its_author_everywhere(one: Site, other: Site) -> None:
    here = await community(keeper(one))
    person = await member(other)
    there = await joined(person, here)
    await publish(person, there)
    ban = {"community_id": here.number, "user_id": await number(one, person.id)}
    await keeper(one).post("/community/moderate/ban", **ban, reason="spam", permanent=True)
    await becomes(other, BANNED, (person.id, here.id), 1)
    with pytest.raises(AssertionError, match=": 4"):
        await publish(person, there)
    await keeper(one).put("/community/moderate/unban", **ban)
    await becomes(other, BANNED, (person.id, here.id), 0)
    await number(one, await publish(person, there))


@pytest.mark.scenario(93)
async def test_a_report_reaches_the_communitys_site(one: Site, other: Site) -> None:
    here = await community(keeper(one))
    person = await member(other)
    await joined(person, here)
    post = await publish(keeper(one), here)
    await person.post(
        "/post/report", post_id=await number(other, post), reason="Spam", description="", report_remote=True
    )
    await becomes(
        one,
        "SELECT count(*) FROM report r JOIN post p ON p.id = r.suspect_post_id WHERE p.ap_id = $1",
        (post,),
        1,
    )
    await settled(one, other)


@pytest.mark.scenario(96)
async def test_a_communitys_settings_arrive(one: Site, other: Site) -> None:
    here = await community(keeper(one))
    await joined(await member(other), here)
    await keeper(one).put(
        "/community", community_id=here.number, title="Renamed", description="New *text*", nsfw=False
    )
    await becomes(other, "SELECT title FROM community WHERE ap_profile_id = $1", (here.id,), "Renamed")


@pytest.mark.scenario(53)
async def test_a_moderators_comment_is_distinguished(one: Site, other: Site) -> None:
    here = await community(keeper(one))
    await joined(await member(other), here)
    post = await publish(keeper(one), here)
    reply = await comment(keeper(one), post)
    await number(other, reply)
    for distinguished in (True, False):
        await keeper(one).post(
            "/comment/distinguish", comment_reply_id=await number(one, reply), distinguished=distinguished
        )
        await becomes(other, "SELECT distinguished FROM post_reply WHERE ap_id = $1", (reply,), distinguished)


@pytest.mark.scenario(94)
async def test_a_resolved_report_is_resolved_for_whoever_made_it(one: Site, other: Site) -> None:
    here = await community(keeper(one))
    person = await member(other)
    await joined(person, here)
    post = await publish(keeper(one), here)
    there = await number(other, post)
    await person.post("/post/report", post_id=there, reason="Spam", description="", report_remote=True)
    reported = "SELECT r.id FROM report r JOIN post p ON p.id = r.suspect_post_id WHERE p.ap_id = $1"
    await becomes(one, reported.replace("r.id", "count(*)"), (post,), 1)
    report = await one.value(reported, post)
    await keeper(one).put("/post/report/resolve", report_id=report, resolved=True)
    await becomes(other, reported.replace("r.id", "max(r.status)"), (post,), RESOLVED)


@pytest.mark.scenario(97)
async def test_a_banned_accounts_content_is_removed_everywhere(one: Site, other: Site) -> None:
    here = await community(keeper(one))
    person = await member(other)
    there = await joined(person, here)
    post = await publish(person, there)
    await number(one, post)
    await known_as_administrator(one, keeper(other))
    await keeper(other).post(
        "/user/ban",
        person_id=await number(other, person.id),
        ban_ip_address=False,
        purge_content=True,
        reason="spam",
    )
    await becomes(one, DELETED, (post,), True)
    banned = (
        'SELECT count(*) FROM instance_ban b JOIN "user" u ON u.id = b.user_id '
        "JOIN instance i ON i.id = b.instance_id WHERE u.ap_profile_id = $1 AND i.domain = $2"
    )
    await becomes(one, banned, (person.id, other.name), 1)
