"""Finding things by words, addresses and handles, and not seeing what one has blocked, through the API."""

from typing import Any

from quart.typing import TestClientProtocol as Browser
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.site import change_setting
from service.http.application import Application
from service.storage.tables import Community, Feed, Instance, InstanceChooser, User
from tests.forum import making
from tests.forum.making import add
from tests.http.api.app_client import App, refusal
from tests.http.people import Person
from tests.servers import DOMAIN
from tests.serving import held_by
from tests.statements import counted


async def make_private(app: Application, community_id: int) -> None:
    change = update(Community).where(Community.id == community_id).values(private=True)
    await held_by(app).database.write(lambda session: session.execute(change))


async def test_everything_local_is_found_by_address_and_handle(
    app: Application, client: Browser, ana: Person, ben: Person
) -> None:
    hers, place = ana
    post = (await hers.post("/post", title="Where am I?", community_id=place.community_id))["post_view"]
    post_id = post["post"]["id"]
    said = await hers.post("/comment", post_id=post_id, body="Here.")
    comment_id = said["comment_view"]["comment"]["id"]
    await add(
        held_by(app).database,
        Feed(
            title="Mine",
            name="mine",
            machine_name="mine",
            public=True,
            ap_profile_id=f"https://{DOMAIN}/f/mine",
        ),
        Instance(domain="far.example"),
        User(
            user_name="far", ap_id="far@far.example", ap_profile_id="https://far.example/u/far", instance_id=1
        ),
    )
    anonymous = App(client)
    for text, kind, id_ in (
        (post["post"]["ap_id"], "post", post_id),
        (f"https://{DOMAIN}/post/{post_id}/a-slug#top", "post", post_id),
        (f"https://{DOMAIN}/c/place_of_ana/p/{post_id}/where-am-i", "post", post_id),
        (f"https://{DOMAIN}/comment/{comment_id}", "comment", comment_id),
        (f"https://{DOMAIN}/post/{post_id}/comment/{comment_id}", "comment", comment_id),
        (f"https://{DOMAIN}/c/place_of_ana", "community", place.community_id),
        ("!place_of_ana", "community", place.community_id),
        (f"!Place_of_ana@{DOMAIN}", "community", place.community_id),
        (f"https://{DOMAIN}/u/ana", "person", place.member.id),
        (f"@ana@{DOMAIN}", "person", place.member.id),
        ("@far@far.example", "person", None),
        ("https://far.example/u/Far", "person", None),
        ("~mine", "feed", None),
    ):
        found = await anonymous.get("/resolve_object", q=text)
        assert list(found) == [kind], text
        shape = found[kind] if kind == "feed" else found[kind][kind]
        assert id_ in {None, shape["id"]}, text
    for nothing in (
        "https://elsewhere.example/post/1",
        f"https://{DOMAIN}/post/999999999",
        f"https://{DOMAIN}/post/9999999999",
        f"https://{DOMAIN}/c/nobody",
        "@nobody",
        "!",
        "words",
        "https://[",
        "@" * 3000,
    ):
        refused = await refusal(anonymous.get("/resolve_object", q=nothing))
        assert refused.body["message"] == "No object found.", nothing
    await make_private(app, place.community_id)
    for text in (post["post"]["ap_id"], f"https://{DOMAIN}/comment/{comment_id}", "!place_of_ana"):
        assert (await refusal(ben[0].get("/resolve_object", q=text))).body["message"] == "No object found."
        assert await hers.get("/resolve_object", q=text)


async def test_handles_are_completed(app: Application, ana: Person, ben: Person) -> None:
    hers, place = ana
    assert (await hers.get("/suggest_completion", q="@an"))["result"] == [f"ana@{DOMAIN}"]
    communities = [f"place_of_ana@{DOMAIN}", f"place_of_ben@{DOMAIN}"]
    assert sorted((await hers.get("/suggest_completion", q="!place"))["result"]) == communities
    both = (await hers.get("/suggest_completion", q="ana"))["result"]
    assert both == [f"@ana@{DOMAIN}", f"!place_of_ana@{DOMAIN}"]
    for nothing in ("", "@", "%", "@zoe"):
        assert (await hers.get("/suggest_completion", q=nothing))["result"] == [], nothing
    await make_private(app, place.community_id)
    assert (await ben[0].get("/suggest_completion", q="!place"))["result"] == communities[1:]


async def test_search_by_address_votes_and_in_comments(ana: Person, ben: Person) -> None:
    (hers, place), (his, _) = ana, ben
    url = "https://www.example.org/A?b=c"
    made = await hers.post("/post", title="A granite link", url=url, community_id=place.community_id)
    post_id = made["post_view"]["post"]["id"]
    await hers.post("/post", title="A granite text", community_id=place.community_id)
    for q, count in ((url, 1), ("https://www.example.org/a?b=c", 0), ("granite", 0), ("https://[", 0)):
        assert len((await his.get("/search", q=q, type_="Url"))["posts"]) == count, q
    await his.post("/post/like", post_id=post_id, score=1)
    for least, count in ((0, 2), (2, 1), (3, 0)):
        found = await his.get("/search", q="granite", type_="Posts", minimum_upvotes=least)
        assert len(found["posts"]) == count, least
    await his.post("/comment", post_id=post_id, body="Basalts are darker.")
    (view,) = (await hers.get("/search", q="basalt", type_="Comments"))["comments"]
    assert view["comment"]["body"] == "Basalts are darker."
    assert (await hers.get("/search", q="granite", type_="Comments"))["comments"] == []
    inside = await his.get("/search", q="granite", type_="Posts", community_name="place_of_ben")
    assert inside["posts"] == []


async def test_what_is_blocked_is_not_seen(app: Application, ana: Person, ben: Person) -> None:
    (hers, place), (his, _) = ana, ben
    await add(held_by(app).database, Instance(id=77, domain="far.example", software="mbin", version="1"))
    await hers.post("/post", title="A link", url="https://spam.example/x", community_id=place.community_id)
    for block, count in ((True, 0), (True, 0), (False, 1)):
        assert await his.post("/domain/block", domain="Spam.example", block=block) == {"blocked": block}
        assert len((await his.get("/post/list"))["posts"]) == count
    await refusal(his.post("/domain/block", domain="nobody.example", block=True))
    await refusal(his.post("/domain/block", domain="\x00", block=True))
    for block, domains in ((True, ["far.example"]), (False, [])):
        assert await his.post("/site/block", instance_id=77, block=block) == {"blocked": block}
        mine = (await his.get("/user/me"))["instance_blocks"]
        assert [row["instance"]["domain"] for row in mine] == domains
    assert (
        "instance_id"
        in (await refusal(his.post("/site/block", instance_id=1, block=True))).body["errors"]["json"]
    )
    await refusal(his.post("/site/block", instance_id=999, block=True))


async def test_newcomers_choose_a_server(app: Application, client: Browser) -> None:
    anonymous, database = App(client), held_by(app).database
    admin = await making.administrator(database)
    await database.write(change_setting, admin, "enable_instance_chooser", True)
    own = await anonymous.get("/site/instance_chooser")
    assert (own["mau"], own["defederation"], own["trusts"]) == (1, [], [])
    about = {"name": "Far away", "mau": 12, "trusts": ["a.example", 7], "uptime": 99.5}
    await add(
        held_by(app).database,
        InstanceChooser(domain="far.example", nsfw=False, newbie_friendly=True, data=about),
        InstanceChooser(domain="lewd.example", nsfw=True, newbie_friendly=False),
        InstanceChooser(domain="hidden.example", hide=True),
    )
    for query, domains in (
        ({}, ["far.example", "lewd.example"]),
        ({"nsfw": "no"}, ["far.example"]),
        ({"newbie": "no"}, ["lewd.example"]),
        ({"q": "FAR"}, ["far.example"]),
        ({"language": "en"}, []),
    ):
        found = (await anonymous.get("/site/instance_chooser_search", **query))["result"]
        assert [item["domain"] for item in found] == domains, query
    (item,) = (await anonymous.get("/site/instance_chooser_search", q="far"))["result"]
    assert (item["name"], item["mau"], item["trusts"], item["uptime"]) == (
        "Far away",
        12,
        ["a.example"],
        "99.5",
    )


async def test_a_search_takes_the_same_statements_however_much_it_finds(
    app: Application, ana: Person
) -> None:
    hers, place = ana
    sent = []
    for more in (10, 90):
        database = held_by(app).database
        ids = await making.posts(database, place.member, place.community_id, more, "Gneiss again")
        await making.comments(database, place.member, place.community_id, ids, "Gneiss indeed")
        with counted(held_by(app).database) as statements:
            posts = await hers.get("/search", q="gneiss", type_="Posts", limit=100)
            comments = await hers.get("/search", q="gneiss", type_="Comments", limit=100)
        sent.append((len(posts["posts"]), len(comments["comments"]), len(statements)))
    assert [numbers[:2] for numbers in sent] == [(10, 10), (100, 100)]
    assert sent[0][2] == sent[1][2]


async def test_what_is_not_to_be_found_is_in_no_search(
    app: Application, client: Browser, ana: Person, ben: Person
) -> None:
    (hers, place), (his, _) = ana, ben
    link = "https://wombat.example/page"
    where = place.community_id

    async def write(word: str) -> None:
        made = await his.post("/post", title=f"A {word}", community_id=where, url=f"{link}/{word}")
        await his.post("/comment", post_id=made["post_view"]["post"]["id"], body=f"What a {word}!")

    async def found(word: str, app_: App = hers) -> list[str]:
        searches: dict[str, dict[str, Any]] = {
            "posts": {"q": word, "type_": "Posts"},
            "in a community": {"q": word, "type_": "Posts", "community_id": where},
            "comments": {"q": word, "type_": "Comments"},
            "address": {"q": f"{link}/{word}", "type_": "Url"},
        }
        told = {name: str(await app_.get("/search", **query)) for name, query in searches.items()}
        told["list"] = str(await app_.get("/post/list", q=word))
        told["page"] = await (await client.get(f"/search?q={word}")).get_data(as_text=True)
        signs = (f"A {word}", f"What a {word}")
        return [name for name, text in told.items() if any(sign in text for sign in signs)]

    await write("wombat")
    assert len(await found("wombat")) == 6
    await his.put("/user/save_user_settings", indexable=False)
    await write("quokka")
    assert await found("wombat") == []
    assert await found("quokka") == []
    assert "quokka" in str(await hers.get("/post/list"))
    await his.put("/user/save_user_settings", indexable=True)
    assert len(await found("wombat")) == 6
    assert await found("quokka") == []  # said before
    for searchable in (True, False):
        await his.put("/user/save_user_settings", searchable=searchable)
        change = update(Community).values(searchable=searchable)
        await held_by(app).database.write(AsyncSession.execute, change)
        persons = (await hers.get("/search", q="ben", type_="Users"))["users"]
        places = (await hers.get("/search", q="place_of", type_="Communities"))["communities"]
        handles = (await hers.get("/suggest_completion", q="@ben"))["result"]
        assert [bool(rows) for rows in (persons, places, handles)] == [searchable] * 3
