"""What the tests of the pages share."""

import pytest

from service.forum.accounts import authentication, queries
from service.forum.accounts.authentication import RegistrationForm
from service.forum.accounts.viewer import Viewer
from service.forum.communities.operations import NewCommunity, create
from service.forum.posts.operations import NewPost, publish
from service.http.application import Application
from service.storage.tables import Instance
from tests.forum import making
from tests.http.web.visitor import PASSWORD, Visitor, ask_no_letters
from tests.servers import DOMAIN
from tests.serving import held_by


@pytest.fixture
async def stranger(app: Application) -> Visitor:
    """Somebody who is not signed in."""
    await ask_no_letters(app)
    return Visitor(app.test_client())


@pytest.fixture
async def founder(app: Application) -> Visitor:
    """A member with a community `cats` and the post 1 in it."""
    database = held_by(app).database
    ana = await person(app, "ana")
    cats = NewCommunity(
        name="cats", title="Cats", description="About **cats**", rules="1. Be kind", keys=making.KEYS
    )
    made = await database.write(create, ana, cats, domain=DOMAIN)
    first = NewPost(community_id=made.community_id, title="First cat", body="It *purrs*.")
    await database.write(publish, ana, first, domain=DOMAIN)
    return await Visitor(app.test_client()).arrive(database, ana)


@pytest.fixture
async def reader(app: Application, founder: Visitor) -> Visitor:
    """A member who founded nothing."""
    bob = await person(app, "bob")
    return await Visitor(app.test_client()).arrive(held_by(app).database, bob)


@pytest.fixture
async def administrator(app: Application) -> Visitor:
    """The site's administrator, signed in."""
    database = held_by(app).database
    assert await authentication.make_first_admin(database, "boss", PASSWORD, domain=DOMAIN)
    async with database.read() as db:
        boss = await queries.credentials_of(db, "boss")
    assert boss
    return await Visitor(app.test_client()).arrive(
        database, await making.viewer_of(database, boss.account_id)
    )


@pytest.fixture
async def boss(app: Application, administrator: Visitor) -> Visitor:
    """The administrator, with something on every form."""
    await administrator.create_community("cats")
    await administrator.publish("cats", "First", body="It *purrs*.")
    await administrator.publish("cats", "Second", kind="link", url="https://x.example/a")
    await administrator.send("/post/1/reply", body="A comment")
    await administrator.send(
        "/user/settings/filters/add", title="Cats", keywords="cat", hide_type="1", filter_home="1"
    )
    await administrator.send("/u/boss/note", note="Myself")
    await administrator.send("/feed/new", name="gathered", title="Gathered", communities="cats", public="1")
    await administrator.send("/community/cats/moderate/flair", flair_title="Kitten", text_color="#000000")
    await administrator.send("/community/cats/moderate/wiki/add", title="Rules", body="Be kind")
    await administrator.send("/admin/appearance", own_color="1", accent="#123456", css="h1 {}")
    await administrator.send("/admin/emoji/add", name=":blob:", url="/media/blob.png", category="faces")
    await administrator.send("/admin/topic/add", name="Animals", machine_name="animals")
    await administrator.send("/admin/pages/add", title="Privacy", url="/privacy", body="Be kind")
    await administrator.send("/admin/websites/", name="spam.example")
    await administrator.send("/community/cats/my_flair", flair_text="Cat person")
    await administrator.send("/admin/letters/banned", subject="Banned", body="You are banned: {reason}")
    await administrator.send("/user/settings/lines", label0="Website", text0="https://x.example/")
    await making.add(held_by(app).database, Instance(domain="far.example", software="piefed"))
    return administrator


async def person(app: Application, name: str) -> Viewer:
    """Make an account as the form of registration makes it; forms are asked for no letters from now on."""
    await ask_no_letters(app)
    form = RegistrationForm(name=name, email=f"{name}@mail.example", password=PASSWORD)
    registered = await authentication.register(held_by(app).database, form, domain=DOMAIN)
    return await making.viewer_of(held_by(app).database, registered.account_id)
