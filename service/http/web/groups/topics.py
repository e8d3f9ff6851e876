"""Topics, which the site's staff makes of communities: all of them, and one with its posts."""

from quart import Response

from service.forum.accounts.viewer import signed_in
from service.forum.errors import ForumError, NotFound
from service.forum.feeds.queries import catalogue
from service.forum.feeds.rules import PostSelection
from service.forum.feeds.shapes import TopicRow
from service.forum.topics import operations
from service.forum.topics.rules import NAME_LENGTH, SUGGESTION_LENGTH
from service.http.context import current_viewer, resources
from service.http.passing.limits import limit
from service.http.passing.strangers import same_for_strangers
from service.http.web.frame.fields import Area, Form, Line
from service.http.web.frame.forms import SHOWN_IN_FORM, go, posted, show_form
from service.http.web.frame.rendering import render
from service.http.web.groups.blueprint import blueprint, show_group
from service.language import _

SUGGESTION = Form(
    Line("name", _("Name"), required=True, missing=_("Enter a name."), most=NAME_LENGTH),
    Area(
        "communities",
        _("Communities for this topic"),
        _("One per line."),
        required=True,
        missing=_("Name at least one community for this topic."),
        most=SUGGESTION_LENGTH,
    ),
)


@blueprint.get("/topics")
async def topics() -> str:
    """Show all topics, each with those below it."""
    return render("groups/topics.html", here="explore", topics=await all_topics())


@blueprint.get("/topics/new")
async def suggest_page() -> Response:
    """Show the form by which a member suggests a topic."""
    signed_in(current_viewer())
    return _show_suggestion({})


@blueprint.post("/topics/new")
async def suggest() -> Response:
    """Tell the administrators of a topic that a member misses."""
    viewer, form = signed_in(current_viewer()), await posted()
    try:
        sent = SUGGESTION.read(form)
        await limit("create_feed")
        await resources().database.write(operations.suggest, viewer, **sent)
    except SHOWN_IN_FORM as refusal:
        return _show_suggestion(form, refusal)
    return go("/topics", "topic-suggested")


def _show_suggestion(form: dict[str, str], refusal: ForumError | None = None) -> Response:
    return show_form("groups/suggest_topic.html", form, refusal, fields=SUGGESTION, here="explore")


@blueprint.get("/topic/<path:names>")
@same_for_strangers
async def topic(names: str) -> str:
    """Show the posts of a topic; its address has the names of those above it, as in PieFed."""
    known = await all_topics()
    found = next((one for one in known if one.name == names.rpartition("/")[2]), None)
    if found is None:
        raise NotFound(_("This topic doesn't exist."))
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
