"""Names in other scripts, as PieFed has let people write them."""

from urllib.parse import quote

import pytest
from quart.typing import TestClientProtocol as Browser
from sqlalchemy import update

from service.http.application import Application
from service.storage.tables import Base, Community, User
from service.storage.transaction import Database
from tests.http.people import app_of
from tests.servers import DOMAIN
from tests.serving import held_by

ACTIVITY = "application/activity+json"
HERE = f"https://{DOMAIN}"


@pytest.mark.scenario(11)
async def test_they_are_found(app: Application, client: Browser) -> None:
    await app_of(app, client, "ana")
    database = held_by(app).database
    person, place = f"{HERE}/u/Фёдор", f"{HERE}/c/Ünïcödé"
    await change(database, User, user_name="Фёдор", ap_profile_id=person.lower(), ap_public_url=person)
    await change(database, Community, name="Ünïcödé", ap_profile_id=place.lower(), ap_public_url=place)
    spelled = {person: ("Фёдор", "фёдор", "ФЁДОР"), place: ("Ünïcödé", "ünïcödé")}
    for url, names in spelled.items():
        folder = url.removeprefix(HERE)[:3]
        for name in names:
            answer = await client.get(f"{folder}{quote(name)}", headers={"Accept": ACTIVITY})
            assert answer.status_code == 200, name
            assert (await answer.get_json(force=True))["id"] == url
            answer.headers["Link"].encode("ascii")
            for resource in (
                f"acct:{name}@{DOMAIN}",
                f"{HERE}{folder}{name}",
                f"{HERE}{folder}{quote(name)}",
            ):
                found = await client.get("/.well-known/webfinger", query_string={"resource": resource})
                assert found.status_code == 200, resource
                assert url in str(await found.get_json(force=True)), resource


async def change(database: Database, table: type[Base], **values: str) -> None:
    await database.write(lambda session: session.execute(update(table).values(**values)))
