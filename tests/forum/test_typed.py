"""What people type and link: nothing invisible, addresses made valid, cross-posts by any spelling."""

import pytest
from sqlalchemy import text

from service.forum import polls
from service.forum.comments import operations as comments
from service.forum.comments.operations import NewComment
from service.forum.errors import Invalid
from service.forum.polls import NewPoll
from service.forum.posts import operations, rules
from service.forum.posts.operations import NewPost, PostChanges
from service.storage.transaction import Database
from tests.forum import making
from tests.servers import DOMAIN

MAGNET = "magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a&dn=iso"
NOTHING = (
    "\u200b",
    "\u2800",
    "\u3164",
    "\u115f",
    "\u17b4",
    "\ufe0f",
    "\U000e0041",
    "\u00ad",
    "\ufeff",
    "\u200e",
    "\u2066",
)


@pytest.mark.parametrize("character", NOTHING)
def test_titles_and_choices_that_nobody_sees_are_refused(character: str) -> None:
    for title in (character * 5, f"ab{character}", f" {character}ab{character} "):
        with pytest.raises(Invalid):
            rules.checked_title(title)
    assert rules.checked_title(f"a{character}bc") == "abc"
    for choice in (character * 3, f"yes{character}"):
        with pytest.raises(Invalid):
            polls.check(NewPoll(choices=("yes", choice)))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://news.example/a?id=7&utm_source=x&fbclid=z#part", "https://news.example/a?id=7#part"),
        ("https://größe.example/my page/ä", "https://xn--gre-6ka8i.example/my%20page/%C3%A4"),
        (MAGNET, MAGNET),
        ("  ", None),
    ],
)
def test_addresses(typed: str, kept: str | None) -> None:
    assert rules.checked_url(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "javascript:alert(1)",
        "magnet:",
        "magnet:?dn=a",
        "tel:+491",
        "ftp://a.example/",
        "https://",
        "https:///a",
        "a b",
        "https://a\nb.example/",
    ],
)
def test_what_is_no_address_of_a_post(typed: str) -> None:
    with pytest.raises(Invalid):
        rules.checked_url(typed)


async def test_cross_posts_find_each_other_by_any_spelling(database: Database) -> None:
    ana = await making.member(database, "ana")
    place = await making.community(database, ana, "links")

    async def posted(url: str) -> int:
        new = NewPost(community_id=place, title=f"A link {url}"[:200], url=url)
        return (await database.write(operations.publish, ana, new, domain=DOMAIN)).post_id

    async def known(post_id: int) -> list[int]:
        async with database.read() as db:
            found = await db.scalar(text("SELECT cross_posts FROM post WHERE id = :id"), {"id": post_id})
        return sorted(found or [])

    story = [
        await posted(url)
        for url in (
            "https://news.example/story/1?b=2&a=1",
            "http://www.news.example/story/1/?a=1&b=2&utm_source=x#top",
            "https://News.Example:443/story/1?a=1&b=2",
        )
    ]
    video = [
        await posted(u)
        for u in ("https://youtu.be/dQw4w9WgXcQ?si=x", "https://www.youtube.com/watch?v=dQw4w9WgXcQ")
    ]
    torrent = [await posted("magnet:?xt=urn:btih:abc&dn=a") for _ in range(1)]
    other = await posted("https://news.example/story/2?a=1&b=2")
    assert await known(story[2]) == story[:2]
    assert await known(story[0]) == story[1:]
    assert await known(video[0]) == [video[1]]
    assert await known(other) == []
    assert await known(torrent[0]) == []
    changes = PostChanges(url="https://m.youtube.com/watch?v=dQw4w9WgXcQ&feature=share")
    await database.write(operations.edit, ana, other, changes, domain=DOMAIN)
    assert await known(other) == video


async def test_a_comment_of_which_nothing_is_seen_is_refused(database: Database) -> None:
    ana = await making.member(database, "ana")
    place = await making.community(database, ana, "talk")
    post = (
        await database.write(
            operations.publish, ana, NewPost(community_id=place, title="A post"), domain=DOMAIN
        )
    ).post_id
    for body in (
        *(character * 3 for character in NOTHING),
        "&#8203;",
        "[](https://a.example)",
        "\u200b\n\n\u2800",
    ):
        with pytest.raises(Invalid):
            await database.write(comments.publish, ana, NewComment(post_id=post, body=body), domain=DOMAIN)
