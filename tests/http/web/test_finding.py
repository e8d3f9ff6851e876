"""Finding: search by kinds, handles and addresses, topics, feeds, websites, tags, and the cards of communities."""

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.http.application import Application
from service.storage.tables import Community, CommunityMember, Post, PostTag, Tag, Topic, User
from tests.http.web.visitor import Visitor
from tests.serving import held_by


async def _lay_out(app: Application) -> None:
    """A topic with a topic below it, and a tag."""

    async def write(session: AsyncSession) -> None:
        session.add_all(
            [
                Topic(name="Animals", machine_name="animals"),
                Tag(name="tabby", display_as="Tabby", post_count=1),
            ]
        )
        await session.flush()
        above = await session.scalar(select(Topic.id))
        session.add(Topic(name="Pets", machine_name="pets", parent_id=above))
        await session.flush()
        await session.execute(update(Community).values(topic_id=above))
        tag = await session.scalar(select(Tag.id))
        await session.execute(insert(PostTag).values(post_id=1, tag_id=tag))

    await held_by(app).database.write(write)


async def test_a_search_finds_each_kind(founder: Visitor, stranger: Visitor) -> None:
    await founder.send("/post/1/reply", body="A comment on whiskers")
    await founder.publish("cats", "Whiskers", kind="link", url="https://whiskers.example/a")
    found = {
        "posts": ("whiskers", "Whiskers"),
        "comments": ("whiskers", "A comment on whiskers"),
        "communities": ("cat", "About cats"),
        "people": ("an", "@ana"),
        "websites": ("whisk", "whiskers.example"),
    }
    for kind, (query, words) in found.items():
        page = await stranger.get(f"/search?q={query}&show={kind}")
        assert words in " ".join(page.text.split()), kind
        nothing = await stranger.get(f"/search?q=zzzz&show={kind}")
        assert "No results found" in nothing.text, kind
    assert "Whiskers" in (await stranger.get("/search?q=whiskers&community=cats&person=ana")).text
    missing = await stranger.get("/search?q=whiskers&community=dogs")
    assert 'role="alert"' in missing.html, "what cannot be searched in is said"


async def test_a_handle_or_an_address_leads_to_what_it_names(
    app: Application, founder: Visitor, stranger: Visitor
) -> None:
    domain = app.settings.site.domain
    await founder.send("/feed/new", name="gathered", title="Gathered", communities="cats", public="1")
    for query, path in {
        "!cats": "/c/cats",
        f"!cats@{domain}": "/c/cats",
        f"@ana@{domain}": "/u/ana",
        "~gathered": "/f/gathered",
        f"https://{domain}/post/1": "/post/1",
        f"https://{domain}/c/cats": "/c/cats",
        f"ana@{domain}": "/u/ana",
        f"cats@{domain}": "/c/cats",
        f"{domain}/c/cats": "/c/cats",
        f"{domain}/post/1": "/post/1",
        "/c/cats": "/c/cats",
        f"HTTPS://{domain.upper()}/u/ana": "/u/ana",
    }.items():
        page = await stranger.get(f"/search?q={query.replace('@', '%40')}")
        assert page.location == path, query
    for path in (
        "/c/technology@elsewhere.example",
        "/u/ana@elsewhere.example",
        "/f/news@elsewhere.example",
        "/search?q=ana%40elsewhere.example",
        "/search?q=elsewhere.example/c/cats",
    ):
        page = await stranger.get(path)
        page = await stranger.follow(page) if page.status == 303 else page
        assert "This might be on elsewhere.example" in page.text, path
    assert (await stranger.get("/c/nothing")).status == 404
    for words in ("3/4 of 1.5/2", "a@b", "ana@", "/etc/passwd"):
        assert (await stranger.get(f"/search?q={words}")).status == 200, words


async def test_groups_have_pages(app: Application, founder: Visitor, stranger: Visitor) -> None:
    await founder.publish("cats", "A link", kind="link", url="https://paper.example/a")
    await _lay_out(app)
    for path, words in {
        "/explore": "Animals",
        "/topics": "Pets",
        "/topic/animals": "First cat",
        "/topic/animals/pets": "Nothing here yet",
        "/tags": "#Tabby",
        "/tag/tabby": "First cat",
        "/domains": "paper.example",
        "/domains?q=pap": "paper.example",
        "/d/paper.example": "A link",
        "/d/1": "A link",
        "/feeds": "Feeds",
    }.items():
        page = await stranger.get(path)
        assert page.status == 200, path
        assert words in page.text, path
    for path in ("/topic/nothing", "/tag/nothing", "/d/nothing.example", "/f/nothing", "/d/%00", "/tag/%00"):
        assert (await stranger.get(path)).status == 404, path


async def test_a_feed_is_made_followed_copied_changed_and_deleted(
    founder: Visitor, reader: Visitor, stranger: Visitor
) -> None:
    await founder.get("/feed/new")
    assert (await founder.send("/feed/new", name="Bad?name", title="x")).status == 422
    wrong = await founder.send("/feed/new", name="mine", title="Mine", communities="nothing")
    assert wrong.status == 422
    made = await founder.send("/feed/new", name="mine", title="Mine", communities="cats", public="1")
    assert "First cat" in (await founder.follow(made)).text
    assert "First cat" in (await stranger.get("/f/mine")).text
    page = await reader.follow(await reader.send("/f/mine/follow"))
    assert "Unfollow" in page.text
    copy = await reader.get("/feed/new?of=mine")
    assert "cats" in copy.html.partition('name="communities"')[2][:400]
    assert (await reader.send("/f/mine/edit", title="Theirs")).status == 403
    await founder.send("/f/mine/edit", title="Mine alone", communities="cats")
    assert (await stranger.get("/f/mine")).status == 404, "it is private now"
    gone = await founder.follow(await founder.send("/f/mine/delete"))
    assert "Mine alone" not in gone.text
    await founder.send(
        next(tag["formaction"] for _, tag in gone.tags if "/restore" in tag.get("formaction", ""))
    )
    assert "Mine alone" in (await founder.get("/f/mine")).text


async def test_joining_leaves_the_page_where_it_is(
    founder: Visitor, reader: Visitor, stranger: Visitor
) -> None:
    page = await reader.get("/communities")
    assert "About cats" in " ".join(page.text.split()), "a card says what it is about"
    button = await reader.send("/community/cats/subscribe", htmx=True)
    assert (button.status, "Leave" in button.text) == (200, True)
    answer = await reader.send("/community/cats/unsubscribe", next="/communities?sort=New")
    assert answer.location.startswith("/communities?sort=New#community_"), (
        "without scripts it is the same card"
    )
    assert any("Join" in tag.get("aria-label", "") for _, tag in (await stranger.get("/communities")).tags)


async def test_all_communities_are_left_at_once(founder: Visitor, reader: Visitor) -> None:
    await reader.send("/community/cats/subscribe")
    page = await reader.get("/communities?filter=Subscribed")
    assert "/communities/leave_all" in [tag.get("formaction") for _, tag in page.tags]
    await reader.send("/communities/leave_all")
    assert "Cats" not in (await reader.get("/communities?filter=Subscribed")).text.partition("Leave")[0]
    assert "Join" in (await reader.get("/communities")).text


async def test_visitors_are_offered_no_list_of_what_they_joined(stranger: Visitor, founder: Visitor) -> None:
    assert "Joined" not in (await stranger.get("/")).text
    assert "Joined" in (await founder.get("/")).text
    assert (await stranger.get("/?feed=subscribed")).location.startswith("/auth/login")


async def test_a_new_member_chooses_where_to_begin(
    app: Application, founder: Visitor, reader: Visitor
) -> None:
    await _lay_out(app)
    page = await reader.get("/welcome")
    topic = next(tag["value"] for _, tag in page.tags if tag.get("name") == "topic")
    async with held_by(app).database.read() as db:
        language = await db.scalar(select(Post.language_id).limit(1))
    page = await reader.follow(
        await reader.send("/welcome", topic=topic, language=str(language), community="4711")
    )
    assert "First cat" in page.text
    async with held_by(app).database.read() as db:
        bob = select(User.id).where(User.user_name == "bob").scalar_subquery()
        assert await db.scalar(select(CommunityMember.user_id).where(CommunityMember.user_id == bob))
        assert await db.scalar(select(User.read_language_ids).where(User.user_name == "bob")) == [language]
    assert (await reader.send("/welcome")).location == "/"
