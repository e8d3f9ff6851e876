"""/api/alpha: signing in, profiles and notifications."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from quart import Blueprint, Response, request

from service.forum.accounts import entrance, operations
from service.forum.accounts import queries as accounts
from service.forum.accounts.tokens import issue_api_token
from service.forum.accounts.viewer import signed_in
from service.forum.comments import queries as comments
from service.forum.communities import queries as communities
from service.forum.errors import Invalid
from service.forum.feeds.queries import page_of_posts
from service.forum.feeds.rules import Feed, sort_from
from service.http.api.answer import answer, body_as, query_as
from service.http.api.shapes.comments import comment_view
from service.http.api.shapes.communities import community_beside
from service.http.api.shapes.people import author_shape, person_view
from service.http.api.shapes.posts import post_view
from service.http.context import resources, viewer
from service.http.limits import client_address, limit
from service.storage.clock import utcnow

blueprint = Blueprint("api_users", __name__, url_prefix="/api/alpha/user")

Page = Annotated[int, Meta(ge=1)]
Size = Annotated[int, Meta(ge=1)]


class Login(msgspec.Struct):
    """Name (or e-mail address) and password."""

    username: str
    password: str


@blueprint.post("/login")
async def log_in() -> Response:
    """Return a token for name and password."""
    await limit("sign_in")
    sent = await body_as(Login)
    config = resources().config.site
    found = await entrance.authenticate(resources().database, sent.username, sent.password)
    token = issue_api_token(found.account_id, secret=config.secret_key, domain=config.domain, now=utcnow())
    return answer({"jwt": token})
