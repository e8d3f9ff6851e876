"""The first steps of a new member: the languages they read, the topics they like, the first communities."""

from typing import Any

from quart import Blueprint, Response

from service.forum import site
from service.forum.accounts import operations as accounts
from service.forum.accounts.viewer import Viewer, signed_in
from service.forum.communities import operations as communities
from service.forum.communities import queries
from service.forum.communities.choices import CommunitySort
from service.forum.errors import ForumError
from service.forum.feeds.queries import catalogue
from service.http.context import current_viewer, resources
from service.http.web.frame.fields import Form, Ids
from service.http.web.frame.forms import go, posted, show_form

blueprint = Blueprint("welcome", __name__)

PAGE = "/welcome"
OFFERED, JOINED_AT_MOST = 18, 60

BEGINNING = Form(Ids("language"), Ids("topic"), Ids("community"))


@blueprint.get(PAGE)
async def welcome() -> Response:
    """Offer languages, topics and communities on one page; all of it can be left out."""
    viewer = signed_in(current_viewer())
    async with resources().database.read() as db:
        languages = await site.languages(db)
        topics = [one for one in await catalogue.topics(db, viewer) if one.communities]
        lively = await queries.listing(db, viewer, sort=CommunitySort.MEMBERS, size=OFFERED)
    return show_form(
        "home/welcome.html",
        {},
        here="communities",
        languages=languages,
        reads=set(viewer.read_language_ids),
        topics=topics,
        communities=lively.communities,
    )


@blueprint.post(PAGE)
async def begin() -> Response:
    """Join what was ticked, with the communities of the topics that were."""
    viewer = signed_in(current_viewer())
    ticked = BEGINNING.read(await posted())
    if languages := ticked["language"]:
        changes: dict[str, Any] = {"read_language_ids": list(languages)}
        domain = resources().config.site.domain
        await resources().database.write(accounts.edit, viewer, changes, domain=domain)
    wanted = dict.fromkeys([*ticked["community"], *await _of_topics(viewer, set(ticked["topic"]))])
    for community_id in list(wanted)[:JOINED_AT_MOST]:
        try:
            await resources().database.write(communities.join, viewer, community_id)
        except ForumError:
            continue  # one that takes nobody just now keeps nobody from the others
    return go("/?feed=subscribed" if wanted else "/", "begun")


async def _of_topics(viewer: Viewer, ticked: set[int]) -> list[int]:
    if not ticked:
        return []
    async with resources().database.read() as db:
        topics = await catalogue.topics(db, viewer)
    return [row.id for topic in topics if topic.id in ticked for row in topic.communities]
