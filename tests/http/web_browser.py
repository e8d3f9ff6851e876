"""A person at a browser: cookies, and forms with their token."""

import re

from quart import Response
from quart.typing import TestClientProtocol as Browser

from service.forum.accounts import operations, queries
from service.forum.accounts.tokens import hash_of, new_session_token
from service.forum.accounts.viewer import Viewer
from service.http.application import Application
from service.http.passing.identity import COOKIE
from service.http.passing.security import CSRF_FIELD
from service.storage.transaction import Database
from tests.serving import held_by

HOST = "localhost"  # where Quart's client is


class Person:
    """Somebody with a browser of their own."""

    def __init__(self, client: Browser) -> None:
        self.client = client

    async def get(self, path: str) -> Response:
        """Look at a page."""
        answer: Response = await self.client.get(path)
        return answer

    async def token(self) -> str:
        """Return the token that this browser's forms carry."""
        for path in ("/auth/login", "/user/settings"):
            page = await (await self.client.get(path)).get_data(as_text=True)
            if found := re.search(rf'name="{CSRF_FIELD}" value="([0-9a-f]+)"', page):
                return found[1]
        raise AssertionError("no form has a token")

    async def post(self, path: str, **fields: str) -> Response:
        """Send a form."""
        form = {CSRF_FIELD: await self.token(), **fields}
        answer: Response = await self.client.post(path, form=form)
        return answer


async def signed_in(app: Application, member: Viewer) -> Person:
    """Return a member at a new browser, as if they had just signed in."""
    client = app.test_client()
    await sign_in(client, held_by(app).database, member)
    return Person(client)


async def sign_in(client: Browser, database: Database, member: Viewer) -> None:
    """Give a browser what it has after its user signed in."""
    token = new_session_token()
    async with database.read() as db:
        checked_hash = await queries.password_hash_of(db, member.id)
    await database.write(operations.start_session, member.id, hash_of(token), checked_hash=checked_hash)
    client.set_cookie(HOST, COOKIE, token)
