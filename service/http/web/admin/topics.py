"""Administration: topics."""

from typing import Any

from quart import Blueprint, Response, request

from service.forum.accounts.viewer import administrator
from service.forum.errors import ForumError, NotFound
from service.forum.feeds.queries import catalogue
from service.forum.feeds.shapes import TopicRow
from service.forum.topics import operations
from service.forum.topics.operations import TopicChange
from service.forum.topics.rules import NAME_LENGTH, WORD_LENGTH
from service.http.context import current_viewer, resources
from service.http.web.admin.authority import authority
from service.http.web.frame.fields import Form, Line, PickId, Switch
from service.http.web.frame.forms import SHOWN_IN_FORM, go, posted, show_form
from service.http.web.frame.rendering import render
from service.language import _, p_

blueprint = Blueprint("admin_topics", __name__, url_prefix="/admin")

LIST = "/admin/topics"

TOPIC = Form(
    Line(
        "name",
        _("Name"),
        required=True,
        missing=_("Enter a name."),
        most=NAME_LENGTH,
        placeholder=_("Home and garden"),
    ),
    Line(
        "machine_name",
        _("Word in its URL"),
        required=True,
        most=WORD_LENGTH,
        placeholder="home-and-garden",
    ),
    PickId("parent_id", _("Parent topic")),
    Switch("show_posts_in_children", _("Also show posts from its subtopics on its page")),
)


@blueprint.get("/topics")
async def topics() -> str:
    """Show all topics, each below its own."""
    administrator(current_viewer())
    return render("admin/topics.html", topics=_in_order(await _topics()))


@blueprint.get("/topic/add")
async def new_page() -> Response:
    """Show the form of a new topic."""
    administrator(current_viewer())
    return await _show(None, {"name": request.args.get("name", "")[:NAME_LENGTH]})


@blueprint.post("/topic/add")
async def add() -> Response:
    """Make a topic."""
    by = authority()
    form = await posted()
    try:
        await resources().database.write(operations.save, by, None, _change(TOPIC.read(form)))
    except SHOWN_IN_FORM as refusal:
        return await _show(None, form, refusal)
    return go(LIST, "saved")


@blueprint.get("/topic/<int:topic_id>/edit")
async def topic(topic_id: int) -> Response:
    """Show the form of a topic."""
    administrator(current_viewer())
    return await _show(topic_id, _written(await _topic(topic_id)))


@blueprint.post("/topic/<int:topic_id>/edit")
async def save(topic_id: int) -> Response:
    """Change a topic."""
    by = authority()
    form = await posted()
    shown = _written(await _topic(topic_id))
    try:
        if changes := TOPIC.changes(form, shown):
            await resources().database.write(operations.save, by, topic_id, _change(shown | changes))
    except SHOWN_IN_FORM as refusal:
        return await _show(topic_id, form, refusal)
    return go(LIST, "saved")


@blueprint.post("/topic/<int:topic_id>/delete")
async def delete(topic_id: int) -> Response:
    """Delete a topic; its communities belong to none."""
    await resources().database.write(operations.delete, authority(), topic_id)
    return go(LIST, "topic-deleted")


async def _topics() -> list[TopicRow]:
    async with resources().database.read() as db:
        return await catalogue.topics(db, current_viewer(), with_communities=False)


async def _topic(topic_id: int) -> TopicRow:
    for row in await _topics():
        if row.id == topic_id:
            return row
    raise NotFound


def _in_order(
    rows: list[TopicRow], parent_id: int | None = None, depth: int = 0
) -> list[tuple[int, TopicRow]]:
    """The topics with how deep they stand, each followed by what stands below it."""
    known = {row.id for row in rows}
    found: list[tuple[int, TopicRow]] = []
    for row in rows:
        above = row.parent_id if row.parent_id in known and row.parent_id != row.id else None
        if above == parent_id and depth <= len(rows):
            found += [(depth, row), *_in_order(rows, row.id, depth + 1)]
    return found


def _written(row: TopicRow) -> dict[str, Any]:
    """What stands on the form of a topic."""
    return {
        "name": row.title,
        "machine_name": row.name,
        "parent_id": row.parent_id,
        "show_posts_in_children": row.shows_children,
    }


def _change(fields: dict[str, Any]) -> TopicChange:
    return TopicChange(**fields | {"machine_name": fields["machine_name"].lower()})


async def _show(topic_id: int | None, form: dict[str, Any], refusal: ForumError | None = None) -> Response:
    others = [
        ("", p_("topic", "None")),
        *((row.id, row.title) for row in await _topics() if row.id != topic_id),
    ]
    return show_form("admin/topic.html", form, refusal, fields=TOPIC, topic_id=topic_id, others=others)
