"""Topics, which the site's staff makes of communities: all of them, and one with its posts."""

from service.forum.errors import NotFound
from service.forum.feeds.queries import catalogue
from service.forum.feeds.rules import PostSelection
from service.forum.feeds.shapes import TopicRow
from service.http.context import current_viewer, resources
from service.http.passing.strangers import same_for_strangers
from service.http.web.frame.rendering import render
from service.http.web.groups.blueprint import blueprint, show_group
from service.language import _


@blueprint.get("/topics")
async def topics() -> str:
    """Show all topics, each with those below it."""
    return render("groups/topics.html", here="explore", topics=await all_topics())


@blueprint.get("/topic/<path:names>")
@same_for_strangers
async def topic(names: str) -> str:
    """Show the posts of a topic; its address has the names of those above it, as in PieFed."""
    known = await all_topics()
    found = next((one for one in known if one.name == names.rpartition("/")[2]), None)
    if found is None:
        raise NotFound(_("There is no such topic."))
    return await show_group(
        "groups/topic.html",
        f"/topic/{names}",
        PostSelection(topic_id=found.id),
        topic=found,
        below=[one for one in known if one.parent_id == found.id],
    )


async def all_topics() -> list[TopicRow]:
    """Return all topics as the viewer may see them."""
    async with resources().database.read() as db:
        return await catalogue.topics(db, current_viewer())
