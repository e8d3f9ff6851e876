"""A site on which everything has happened that has a page: the crawl, the table of operations and the browser walk it.

Addresses are the same each time, since the database is new: boss is account 1, ana 2, bob 3.
"""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import update

from service.forum.accounts import operations as accounts
from service.forum.accounts.operations import NewAccount
from service.forum.posts.choices import PostStatus
from service.http.application import Application
from service.http.web.frame import assets
from service.storage.clock import utcnow
from service.storage.tables import Post, PostTag, Tag
from tests.forum import making
from tests.forum.elsewhere import far_community
from tests.forum.elsewhere import stranger as far_person
from tests.http.web.visitor import Visitor
from tests.servers import DOMAIN
from tests.serving import held_by
from tests.working import work_off

BOSS, ANA, BOB = 1, 2, 3
FIRST, LINK, PHOTO, POLL, EVENT, VIDEO, HELD_BACK, OF_BOB, LATER = range(1, 10)

ICON = assets.address("icon.png")

People = dict[str, Visitor]
Step = tuple[str, dict[str, Any]]


@pytest.fixture
async def people(
    app: Application, administrator: Visitor, founder: Visitor, reader: Visitor, stranger: Visitor
) -> People:
    """A visitor, a member, a moderator and an administrator, where everything has happened once."""
    await _furnish(administrator)
    await _write(founder)
    await _keep_a_community(founder)
    await _take_part(reader)
    await _have_neighbours(app)
    await _hold_back(app)
    await _wait(app)
    await founder.get("/post/1")
    await founder.send("/post/1/comment/1/reply", body="Hello yourself")
    await founder.send("/chat/to/3", content="Hello yourself")
    await administrator.send("/admin/newsletter", subject="News", body="All is well.", to="me")
    await work_off(held_by(app))
    return {"visitor": stranger, "member": reader, "moderator": founder, "administrator": administrator}


async def _do(visitor: Visitor, *steps: Step) -> None:
    for path, fields in steps:
        page = await visitor.send(path, **fields)
        assert page.status < 400, (path, page.text)


async def _furnish(boss: Visitor) -> None:
    """What administrators set up."""
    await _do(
        boss,
        ("/admin/topic/add", {"name": "Animals", "machine_name": "animals"}),
        (
            "/admin/community/1/edit",
            {"topic_id": "1", "show_all": "1", "show_popular": "1", "content_retention": "-1"},
        ),
        ("/admin/pages/add", {"title": "Privacy", "url": "/privacy", "body": "We keep **little**."}),
        ("/admin/emoji/add", {"name": ":blob:", "url": ICON, "category": "faces"}),
        ("/admin/appearance", {"own_color": "1", "accent": "#aa0044", "css": "h1 {}"}),
        ("/admin/websites/", {"name": "spam.example"}),
        ("/admin/addresses/", {"address": "192.0.2.7", "notes": "bots"}),
        ("/admin/federation/list", {"change": "block", "entries": "bad.example"}),
        ("/user/settings/profile", {"about": "I keep the *keys*."}),
    )


async def _write(ana: Visitor) -> None:
    """A post of each kind, and a picture."""
    soon = utcnow() + timedelta(days=30)
    posts: tuple[Step, ...] = (
        ("link", {"title": "A link", "url": "https://x.example/a", "body": "Look, @bob"}),
        ("photo", {"title": "A photo", "image": picture(), "alt_text": "Red"}),
        ("poll", {"title": "Which cat?", "choices": "Red\nBlack", "choice1": "Red", "choice2": "Black"}),
        ("event", {"title": "A show of cats", "start": f"{soon:%Y-%m-%dT%H:%M}", "place": "Barn"}),
        ("video", {"title": "A film", "url": "https://www.youtube.com/watch?v=dQw4w9WgXcQ"}),
    )
    for kind, fields in posts:
        await ana.publish("cats", kind=kind, **fields)
    await ana.send("/user/settings/picture", image=picture())
    await ana.send("/user/files/upload", image=picture((0, 90, 0)))


async def _keep_a_community(ana: Visitor) -> None:
    """What a community's owner sets up."""
    moderate = "/community/cats/moderate"
    wiki = {"title": "House rules", "body": "Be **kind**", "who_can_edit": "3"}
    await _do(
        ana,
        (f"{moderate}/wiki/add", wiki),
        ("/community/cats/wiki/house-rules/edit", wiki | {"body": "Be quiet"}),
        (f"{moderate}/flair", {"flair_title": "Kitten", "text_color": "#000000"}),
        ("/community/cats/my_flair", {"flair_text": "Cat person"}),
    )


async def _take_part(bob: Visitor) -> None:
    """What a member does."""
    await bob.get("/post/1")
    await _do(
        bob,
        ("/community/cats/subscribe", {}),
        ("/post/1/reply", {"body": "Hello #cats @ana"}),
        ("/post/1/report", {"reason": "Spam", "description": "Why not"}),
        (
            "/user/settings/filters/add",
            {"title": "Dogs", "keywords": "dog", "hide_type": "1", "filter_home": "1"},
        ),
        (f"/chat/to/{ANA}", {"content": "Hello"}),
        ("/feed/new", {"title": "Mine", "name": "mine", "communities": "cats", "public": "1"}),
        ("/user/files/upload", {"image": picture((0, 0, 90))}),
    )
    await bob.publish("cats", "Held back")
    await bob.publish("cats", "Of bob")
    soon = utcnow() + timedelta(days=2)
    await bob.publish("cats", "Later", scheduled_for=f"{soon:%Y-%m-%dT%H:%M}", repeat="weekly")


async def _have_neighbours(app: Application) -> None:
    """Another server with somebody and something."""
    database = held_by(app).database
    await far_person(database, "zoe")
    await far_community(database, "loud")
    await making.add(database, Tag(id=1, name="kittens", display_as="Kittens", post_count=1, banned=False))
    await making.add(database, PostTag(post_id=FIRST, tag_id=1))


async def _hold_back(app: Application) -> None:
    """A post that waits for the moderators."""
    held = update(Post).where(Post.id == HELD_BACK).values(status=PostStatus.REVIEWING.value)
    await held_by(app).database.write(lambda session: session.execute(held))


async def _wait(app: Application) -> None:
    """Somebody who wants an account, and somebody who is banned."""
    database = held_by(app).database
    eve = await making.member(database, "eve")
    boss = await making.viewer_of(database, BOSS)
    await database.write(accounts.ban, boss, eve.id)
    new = NewAccount(
        name="applicant", email="", password_hash="scrypt:none", keys=making.KEYS, answer="Let me in"
    )
    await database.write(accounts.create_account, new, domain=DOMAIN)


def picture(color: tuple[int, int, int] = (170, 0, 0)) -> bytes:
    """A small picture, as a file."""
    file = BytesIO()
    Image.new("RGB", (32, 24), color).save(file, "JPEG")
    return file.getvalue()
