"""Posts against a real database: publishing, the double click, permissions, deletion, moderation."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from service.forum.accounts.viewer import Viewer
from service.forum.attachments import copies
from service.forum.attachments import operations as attachments
from service.forum.attachments.queries import preview_target
from service.forum.attachments.shapes import NO_CLAIM, StoredImage
from service.forum.comments import operations as comments
from service.forum.comments.operations import NewComment
from service.forum.communities import operations as communities
from service.forum.errors import Banned, Forbidden, Gone, Invalid, NotFound
from service.forum.posts import operations as posts
from service.forum.posts import queries
from service.forum.posts.choices import PostType
from service.forum.posts.operations import NewPost, PostChanges, Published
from service.forum.posts.shapes import PostRow
from service.storage.tables import Comment, Community, Domain, ModLog, OutboxEvent, Post, User
from service.storage.transaction import Database
from tests.forum.making import DOMAIN, administrator, community, member


async def publish(database: Database, author: Viewer, community_id: int, **fields: Any) -> Published:
    new = NewPost(community_id=community_id, **({"title": "A fine day"} | fields))
    return await database.write(posts.publish, author, new, domain=DOMAIN)


async def read(database: Database, viewer: Viewer | None, post_id: int) -> PostRow:
    async with database.read() as db:
        return await queries.post_by_id(db, viewer, post_id)


async def value(database: Database, column: Any, *where: Any) -> Any:
    async with database.read() as db:
        return await db.scalar(select(column).where(*where))


async def test_a_text_post_stands_with_its_counts_and_events(database: Database) -> None:
    ana = await member(database, "ana")
    place = await community(database, ana)
    made = await publish(database, ana, place, body="Some **bold** words")
    post = await read(database, ana, made.post_id)
    assert post.type == PostType.TEXT
    assert "<strong>bold</strong>" in (post.body_html or "")
    assert post.ap_id == f"https://{DOMAIN}/post/{made.post_id}"
    assert post.slug == made.slug == f"/c/cats/p/{made.post_id}/a-fine-day"
    assert (post.up_votes, post.score, post.mine.vote, post.mine.notify) == (1, 1, 1, True)
    assert post.mine.subscribed
    assert post.mine.moderates
    assert post.author.name == "ana"
    assert post.community.name == "cats"
    assert await value(database, Community.post_count, Community.id == place) == 1
    assert await value(database, User.post_count, User.id == ana.id) == 1
    topics = await value(database, func.array_agg(OutboxEvent.topic), OutboxEvent.kind == "PostPublished")
    assert "notify" in topics
    assert await value(database, Post.ranking, Post.id == made.post_id) > 0
    assert await value(database, Post.ranking_scaled, Post.id == made.post_id) > 0


async def test_a_link_counts_for_its_website_and_knows_its_cross_posts(database: Database) -> None:
    ana = await member(database, "ana")
    cats, dogs = await community(database, ana), await community(database, ana, "dogs")
    first = await publish(database, ana, cats, url="https://www.site.example/story")
    second = await publish(database, ana, dogs, url="https://www.site.example/story")
    post = await read(database, None, second.post_id)
    assert (post.type, post.domain_name, post.cross_post_ids) == (
        PostType.LINK,
        "site.example",
        (first.post_id,),
    )
    assert (await read(database, None, first.post_id)).cross_post_ids == (second.post_id,)
    assert await value(database, Domain.post_count, Domain.name == "site.example") == 2
    assert await value(database, func.count(), OutboxEvent.kind == "PreviewRequested") == 2
    await database.write(posts.set_deleted, ana, second.post_id, deleted=True)
    assert (await read(database, None, first.post_id)).cross_post_ids == ()


async def test_a_banned_website_is_refused(database: Database) -> None:
    ana = await member(database, "ana")
    place = await community(database, ana)
    await publish(database, ana, place, url="https://spam.example/1")
    await database.write(ban_website, "spam.example")
    with pytest.raises(Invalid) as refused:
        await publish(database, ana, place, url="https://spam.example/2")
    assert refused.value.code == "domain_blocked"
    assert await value(database, func.count(Post.id)) == 1


async def restrict(session: Any, community_id: int) -> None:
    await session.execute(
        update(Community).where(Community.id == community_id).values(restricted_to_mods=True)
    )


async def ban_website(session: Any, name: str) -> None:
    await session.execute(update(Domain).where(Domain.name == name).values(banned=True))


async def test_two_clicks_at_the_same_instant_make_one_post(database: Database) -> None:
    ana = await member(database, "ana")
    place = await community(database, ana)
    answers = await asyncio.gather(
        *(publish(database, ana, place, title="Twice", url="https://site.example/x") for _ in range(6))
    )
    assert len({answer.post_id for answer in answers}) == 1
    assert sorted(answer.fresh for answer in answers) == [False] * 5 + [True]
    assert await value(database, func.count(Post.id)) == 1
    assert await value(database, Domain.post_count, Domain.name == "site.example") == 1
    other = await publish(database, ana, place, title="Twice", url="https://site.example/y")
    assert other.fresh


async def test_limits_are_refused_in_words(database: Database) -> None:
    ana = await member(database, "ana")
    place = await community(database, ana)
    for fields in ({"title": "no"}, {"title": "x" * 256}, {"url": "javascript:alert(1)"}, {"image_id": 77}):
        with pytest.raises(Invalid):
            await publish(database, ana, place, **fields)
    with pytest.raises(Invalid):
        await publish(database, ana, place, body="x" * 20_000_000)
    with pytest.raises(NotFound):
        await publish(database, ana, 4711)


async def test_who_may_post(database: Database) -> None:
    ana, ben = await member(database, "ana"), await member(database, "ben")
    staff = await administrator(database)
    closed = await community(database, ana, "modsonly")
    await database.write(restrict, closed)
    with pytest.raises(Forbidden):
        await publish(database, ben, closed)
    await publish(database, ana, closed)
    await publish(database, staff, closed)
    cats = await community(database, ana)
    await database.write(communities.join, ben, cats)
    await database.write(communities.ban_member, ana, cats, ben.id, reason="spam")
    with pytest.raises(Banned):
        await publish(database, ben, cats)


async def test_a_private_community_is_for_its_members(database: Database) -> None:
    ana, ben = await member(database, "ana"), await member(database, "ben")
    place = await community(database, ana, "secret", private=True)
    made = await publish(database, ana, place)
    assert (await read(database, ana, made.post_id)).id == made.post_id
    for stranger in (ben, None):
        with pytest.raises(NotFound):
            await read(database, stranger, made.post_id)
    with pytest.raises(NotFound):
        await publish(database, ben, place)
    with pytest.raises(NotFound):
        await database.write(posts.set_saved, ben, made.post_id, saved=True)


async def test_editing_is_for_the_author(database: Database) -> None:
    ana, ben = await member(database, "ana"), await member(database, "ben")
    place = await community(database, ana)
    made = await publish(database, ben, place, url="https://one.example/a")
    changes = PostChanges(title="Another title", body="*new*", url="https://two.example/b")
    with pytest.raises(Forbidden):
        await database.write(posts.edit, ana, made.post_id, changes, domain=DOMAIN)
    await database.write(posts.edit, ben, made.post_id, changes, domain=DOMAIN)
    post = await read(database, None, made.post_id)
    assert (post.title, post.domain_name, post.slug) == ("Another title", "two.example", made.slug)
    assert "<em>new</em>" in (post.body_html or "")
    assert post.edited_at is not None
    assert await value(database, Domain.post_count, Domain.name == "one.example") == 0


async def test_an_author_deletes_and_restores(database: Database) -> None:
    ana, ben = await member(database, "ana"), await member(database, "ben")
    place = await community(database, ana)
    made = await publish(database, ben, place)
    for _ in range(2):
        await database.write(posts.set_deleted, ben, made.post_id, deleted=True)
    with pytest.raises(Gone):
        await read(database, None, made.post_id)
    shown = await read(database, ben, made.post_id)
    assert (shown.deleted, shown.removed) == (True, False)
    assert await value(database, Community.post_count, Community.id == place) == 0
    with pytest.raises(Forbidden):
        await database.write(posts.set_removed, ana, made.post_id, removed=False)
    with pytest.raises(Gone):
        await database.write(posts.edit, ben, made.post_id, PostChanges(title="Other"), domain=DOMAIN)
    await database.write(posts.set_deleted, ben, made.post_id, deleted=False)
    assert not (await read(database, None, made.post_id)).deleted
    assert await value(database, User.post_count, User.id == ben.id) == 1


async def test_who_took_it_down_brings_it_back(database: Database) -> None:
    mod, author = await member(database, "ana"), await member(database, "ben")
    place = await community(database, mod)
    post = (await publish(database, author, place)).post_id
    new = NewComment(post_id=post, body="Said")
    said = (await database.write(comments.publish, author, new, domain=DOMAIN)).comment_id
    for operations, id_ in ((comments, said), (posts, post)):
        await database.write(operations.set_deleted, author, id_, deleted=True)
        with pytest.raises(Forbidden):
            await database.write(operations.restore, mod, id_)
        await database.write(operations.restore, author, id_)
        await database.write(operations.set_removed, mod, id_, removed=True)
        with pytest.raises(Forbidden):
            await database.write(operations.restore, author, id_)
        for _ in range(2):
            await database.write(operations.restore, mod, id_)
    assert not await value(database, Post.deleted, Post.id == post)
    assert not await value(database, Comment.deleted, Comment.id == said)
    restored = await value(database, func.count(), ModLog.action.like("restore_post%"))
    assert restored == 2


async def test_a_moderator_removes_locks_and_pins(database: Database) -> None:
    ana, ben = await member(database, "ana"), await member(database, "ben")
    place = await community(database, ana)
    made = await publish(database, ben, place)
    with pytest.raises(Forbidden):
        await database.write(posts.set_removed, ben, made.post_id, removed=True)
    await database.write(posts.set_locked, ana, made.post_id, locked=True)
    await database.write(posts.set_pinned, ana, made.post_id, pinned=True)
    with pytest.raises(Forbidden):
        await database.write(posts.set_pinned, ana, made.post_id, pinned=True, site_wide=True)
    await database.write(posts.set_removed, ana, made.post_id, removed=True, reason="off topic")
    post = await read(database, ben, made.post_id)
    assert (post.removed, post.deleted, post.locked, post.sticky) == (True, False, True, True)
    with pytest.raises(Forbidden):
        await database.write(posts.set_deleted, ben, made.post_id, deleted=False)
    actions = await value(database, func.array_agg(ModLog.action))
    assert sorted(actions) == ["delete_post", "featured_post", "lock_post"]
    assert await value(database, ModLog.reason, ModLog.action == "delete_post") == "off topic"


async def test_a_reader_saves_hides_and_reads_each_once(database: Database) -> None:
    ana, ben = await member(database, "ana"), await member(database, "ben")
    made = await publish(database, ana, await community(database, ana))
    both = [database.write(posts.set_saved, ben, made.post_id, saved=True) for _ in range(4)]
    await asyncio.gather(*both)
    await database.write(posts.set_hidden, ben, made.post_id, hidden=True)
    await database.write(posts.mark_read, ben, [made.post_id, 4711])
    await database.write(posts.mark_read, ben, [made.post_id])
    mine = (await read(database, ben, made.post_id)).mine
    assert (mine.saved, mine.hidden, mine.read, mine.vote) == (True, True, True, 0)
    await database.write(posts.set_saved, ben, made.post_id, saved=False)
    await database.write(posts.mark_read, ben, [made.post_id], read=False)
    mine = (await read(database, ben, made.post_id)).mine
    assert (mine.saved, mine.read) == (False, False)


async def test_an_uploaded_picture_becomes_an_image_post_of_its_owner_only(database: Database) -> None:
    ana, ben = await member(database, "ana"), await member(database, "ben")
    place = await community(database, ana)
    stored = StoredImage(
        path="media/ab/cd/x.webp", thumbnail_path="media/ab/cd/x_t.webp", width=800, height=600
    )
    file_id = await database.write(attachments.keep_upload, ana.id, stored, NO_CLAIM)
    with pytest.raises(Invalid):
        await publish(database, ben, place, image_id=file_id)
    made = await publish(database, ana, place, image_id=file_id, alt_text="A cat")
    post = await read(database, None, made.post_id)
    assert post.type == PostType.IMAGE
    assert post.image is not None
    assert (post.image.url, post.image.thumbnail_url) == ("/media/ab/cd/x.webp", "/media/ab/cd/x_t.webp")
    assert (post.image.width, post.image.alt_text) == (800, "A cat")


async def test_a_picture_elsewhere_is_described_before_it_was_fetched(database: Database) -> None:
    ana = await member(database, "ana")
    place, cat, page = (
        await community(database, ana),
        "https://one.example/cat.png",
        "https://one.example/cats",
    )
    at_once = await publish(database, ana, place, url=cat, alt_text="A cat\0 ")
    later = await publish(database, ana, place, title="Later", url=cat)
    changes = PostChanges(alt_text="A cat")
    await database.write(posts.edit, ana, later.post_id, changes, domain=DOMAIN)
    for made in (at_once, later):
        post = await read(database, None, made.post_id)
        assert post.type == PostType.IMAGE
        assert post.image is not None
        assert (post.url, post.image.alt_text) == (cat, "A cat")
    linked = await publish(database, ana, place, url=page, alt_text="A cat")
    plain = await publish(database, ana, place, title="Plain", url=cat)
    for made in (linked, plain):
        assert (await read(database, None, made.post_id)).image is None
    # Each is fetched once all the same.
    assert await value(database, func.count(), OutboxEvent.kind == "PreviewRequested") == 4


async def test_a_preview_is_for_the_address_it_was_fetched_for(database: Database) -> None:
    ana = await member(database, "ana")
    made = await publish(database, ana, await community(database, ana), url="https://one.example/a")
    async with database.read() as db:
        target = await preview_target(db, made.post_id)
    assert target is not None
    changes = PostChanges(url="https://two.example/b")
    await database.write(posts.edit, ana, made.post_id, changes, domain=DOMAIN)
    stored = StoredImage(path="media/ab/cd/y.webp", width=170, height=100)
    assert not await database.write(copies.save_preview, target, stored, NO_CLAIM)
    assert (await read(database, None, made.post_id)).image is None
    async with database.read() as db:
        target = await preview_target(db, made.post_id)
    assert target is not None
    assert await database.write(copies.save_preview, target, stored, NO_CLAIM)
    image = (await read(database, None, made.post_id)).image
    assert image is not None
    assert image.medium_url == "/media/ab/cd/y.webp"


async def test_cross_posts_count_the_comments_of_those_that_stand(database: Database) -> None:
    ana = await member(database, "ana")
    url, other_url = "https://site.example/story", "https://site.example/other"
    places = [await community(database, ana, name) for name in ("cats", "dogs", "mice")]
    one, two, three = [(await publish(database, ana, place, url=url)).post_id for place in places]

    async def say(post_id: int) -> None:
        new = NewComment(post_id=post_id, body=f"Hello {uuid4()}")
        await database.write(comments.publish, ana, new, domain=DOMAIN)

    async def counted() -> list[int]:
        return [
            await value(database, Post.reply_count_cross_posted, Post.id == each)
            for each in (one, two, three)
        ]

    for post_id in (one, two, two, three):
        await say(post_id)
    assert await counted() == [4, 4, 4]
    await database.write(posts.set_deleted, ana, one, deleted=True)
    assert await counted() == [1, 3, 3]
    await database.write(posts.set_deleted, ana, one, deleted=False)
    assert await counted() == [4, 4, 4]
    await database.write(posts.edit, ana, two, PostChanges(url=other_url), domain=DOMAIN)
    assert await counted() == [2, 2, 2]
    await database.write(posts.set_removed, ana, three, removed=True)
    assert await counted() == [1, 2, 1]
    await say(one)
    assert await counted() == [2, 2, 1]


async def test_a_deleted_post_is_forgotten_by_those_that_it_does_not_know_itself(database: Database) -> None:
    ana = await member(database, "ana")
    url = "https://site.example/story"
    places = [await community(database, ana, f"place{number}") for number in range(12)]
    made = [(await publish(database, ana, place, url=url)).post_id for place in places]
    for post_id in made[:11]:
        await database.write(posts.set_deleted, ana, post_id, deleted=True)
    assert await value(database, Post.cross_posts, Post.id == made[11]) == []
