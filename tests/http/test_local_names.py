"""Accounts, communities and feeds whose ids are in mixed case, have http or are not there: found by name."""

from typing import Any

import pytest
from sqlalchemy import text

from service.federation.completing import complete, incomplete
from service.federation.receive.looking_up import look_up
from service.forum.local_names import local_name
from service.http.application import Application
from service.storage.tables import Feed
from service.storage.transaction import Database
from tests.forum import making
from tests.http.api.app_client import App, refusal
from tests.http.people import place
from tests.servers import DOMAIN
from tests.serving import held_by

# How the ids were written by those that made the rows: the scheme, and how names are spelled; None for no id at all.
WRITTEN = {"mixed": ("https", "Ana"), "plain": ("http", "ana"), "both": ("http", "Ana"), "none": None}


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://pie.example/u/Ana", ("u", "ana")),
        ("HTTP://PIE.example/C/cats", ("c", "cats")),
        ("https://pie.example/f/a/b", ("f", "a/b")),
        ("https://pie.example/u/ana#key", None),
        ("https://pie.example.org/u/ana", None),
        ("https://piexexample/u/ana", None),
        ("https://pie.example/post/1", None),
    ],
)
def test_addresses_of_actors_here(url: str, found: tuple[str, str] | None) -> None:
    assert local_name(url, "pie.example") == found


async def spell(database: Database, written: tuple[str, str] | None) -> None:
    """Let the ids be as pyfedi wrote them for an account `Ana`, a community `Ana_s` and a feed `Ana_f`."""
    names = {'"user"': ("u", "user_name", ""), "community": ("c", "name", "_s"), "feed": ("f", "name", "_f")}

    async def write(session: Any) -> None:
        for table, (folder, column, ending) in names.items():
            url = None if written is None else f"{written[0]}://{DOMAIN}/{folder}/{written[1]}{ending}"
            await session.execute(
                text(f"UPDATE {table} SET {column} = :name, ap_profile_id = :url, ap_public_url = :url"),
                {"name": f"Ana{ending}", "url": url},
            )
            if written is None:
                await session.execute(text(f"UPDATE {table} SET private_key = NULL, public_key = ''"))

    await database.write(write)


@pytest.mark.parametrize("written", WRITTEN)
async def test_whoever_is_of_this_site_is_found_by_name(app: Application, written: str) -> None:
    database = held_by(app).database
    made = await place(database, "ana")
    api = App(app.test_client(), made.token)
    await api.post("/post", title="Look", community_id=made.community_id, body="Here")
    await making.add(database, Feed(name="x", title="F", user_id=made.member.id, public=True))
    await spell(database, WRITTEN[written])

    for path in ("/u/ana", "/u/Ana", "/c/ana_s", "/c/ANA_S", "/f/ana_f"):
        assert (await api.client.get(path)).status_code == 200, path
    for name in ("ana", "Ana", f"ANA@{DOMAIN}", f"ana@{DOMAIN.upper()}"):
        assert (await api.get("/user", username=name))["person_view"]["person"]["user_name"] == "Ana"
    for name in ("ana_s", f"Ana_S@{DOMAIN}", f"ana_s@{DOMAIN.upper()}"):
        assert (await api.get("/community", name=name))["community_view"]["community"][
            "id"
        ] == made.community_id
    for handle, kind in (
        (f"@ana@{DOMAIN}", "person"),
        (f"!ana_s@{DOMAIN}", "community"),
        (f"https://{DOMAIN}/u/ana", "person"),
        (f"http://{DOMAIN}/c/ana_s", "community"),
        (f"@Ana@{DOMAIN.upper()}", "person"),
        (f"!ana_S@{DOMAIN.title()}", "community"),
        (f"https://{DOMAIN.upper()}/u/ANA", "person"),
        (f"https://{DOMAIN.title()}/c/Ana_s", "community"),
    ):
        assert (await api.get("/resolve_object", q=handle))[kind] is not None, handle
    for account in (f"ana@{DOMAIN}", f"ANA@{DOMAIN.upper()}", f"Ana_s@{DOMAIN.title()}"):
        found = await api.client.get(f"/.well-known/webfinger?resource=acct:{account}")
        assert found.status_code == 200, account
    for path in ("/u/ana", "/c/ana_s", "/f/ana_f"):
        document = await api.client.get(path, headers={"Accept": "application/activity+json"})
        assert document.status_code == 200, path
        assert (await document.get_json())["publicKey"]["publicKeyPem"], path

    urls = [
        f"{scheme}://{DOMAIN}/{name}"
        for scheme in ("http", "https")
        for name in ("u/ana", "c/Ana_s", "f/ANA_f")
    ]
    async with database.read() as db:
        known = await look_up(db, urls, DOMAIN)
    assert all(known.find(url) for url in urls)
    assert known.person(urls[0]) == known.person(f"https://{DOMAIN}/u/Ana")


async def test_names_of_rows_with_other_ids_are_taken(app: Application) -> None:
    database = held_by(app).database
    made = await place(database, "ana")
    api = App(app.test_client(), made.token)
    await spell(database, WRITTEN["both"])
    for path, fields in (("/community", {"title": "T"}), ("/feed", {"title": "T", "public": True})):
        for name in ("ana", "ana_s"):
            assert "taken" in str((await refusal(api.post(path, name=name, **fields))).body), (path, name)


async def test_who_lacks_something_is_found_and_completed(app: Application) -> None:
    database = held_by(app).database
    made = await place(database, "ana")
    await making.member(database, "waits")
    await spell(database, None)

    async def wait(session: Any) -> None:
        await session.execute(
            text('UPDATE "user" SET verified = false WHERE id <> :ana'), {"ana": made.member.id}
        )

    await database.write(wait)
    async with database.read() as db:
        lacking = await incomplete(db)
    assert [kind for kind, _ in lacking] == ["person", "community"]
    for kind, id_ in lacking:
        await complete(database, kind, id_, domain=DOMAIN)
    async with database.read() as db:
        assert await incomplete(db) == []
        domains = await db.execute(
            text(
                'SELECT ap_domain FROM "user" WHERE ap_profile_id IS NOT NULL UNION SELECT ap_domain FROM community'
            )
        )
        assert {row[0] for row in domains} == {None, DOMAIN}, (
            "to PieFed an account with a domain is a stranger"
        )
        row = (await db.execute(text("SELECT * FROM community"))).one()
    assert row.ap_profile_id == f"https://{DOMAIN}/c/ana_s"
    assert row.ap_followers_url == f"https://{DOMAIN}/c/place_of_ana/followers", "what is there stays"
