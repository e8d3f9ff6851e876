"""Members who need no password, a place to post, and the app they use."""

from dataclasses import dataclass

from quart.typing import TestClientProtocol as Browser

from service.forum.accounts.tokens import issue_api_token
from service.forum.accounts.viewer import Viewer
from service.http.application import Application
from service.storage.clock import utcnow
from service.storage.transaction import Database
from tests.forum import making
from tests.http.api.app_client import App
from tests.servers import DOMAIN, SECRET_KEY
from tests.serving import held_by


@dataclass(frozen=True)
class Place:
    """A member, their token, and a community of theirs."""

    member: Viewer
    token: str
    community_id: int


def token_of(member: Viewer) -> str:
    """Return a token as if the member had signed in."""
    return issue_api_token(member.id, secret=SECRET_KEY, domain=DOMAIN, now=utcnow())


def bearer(token: str) -> dict[str, str]:
    """Return the header that carries a token."""
    return {"Authorization": f"Bearer {token}"}


Person = tuple[App, Place]


async def place(database: Database, name: str = "ana") -> Place:
    """Make a member and a community."""
    member = await making.member(database, name)
    community_id = await making.community(database, member, f"place_of_{name}")
    return Place(member, token_of(member), community_id)


async def app_of(app: Application, client: Browser, name: str = "ana") -> Person:
    """Make a member and a community; return the member's app."""
    made = await place(held_by(app).database, name)
    return App(client, made.token), made
