"""Being reminded of a post or a comment: the form, and what one waits for."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec
from quart import Blueprint, Response, request

from service.forum.accounts.rules import zone_named
from service.forum.accounts.viewer import Viewer, signed_in
from service.forum.comments import queries as comments
from service.forum.errors import ForumError
from service.forum.posts import queries as posts
from service.forum.posts.schedule import in_utc
from service.forum.reminders import operations, queries
from service.forum.reminders.rules import Kind
from service.http.context import current_viewer, resources
from service.http.web.comments.finding import path_of
from service.http.web.frame.fields import Form, Moment
from service.http.web.frame.forms import SHOWN_IN_FORM, go, on_this_site, posted, show_form
from service.http.web.frame.helpers import post_path
from service.http.web.frame.zones import local_time
from service.language import _
from service.storage.clock import utcnow

blueprint = Blueprint("reminders", __name__)

USUAL = timedelta(days=1)
REMINDER = Form(Moment("remind_at", _("When"), required=True, missing=_("Enter a date and time.")))


class Subject(msgspec.Struct, frozen=True):
    """What one wants to be reminded of.

    Attributes:
        words: The title of the post.
        back: Where it is read.
    """

    kind: Kind
    id: int
    heading: str
    words: str
    back: str


@blueprint.route("/post/<int:post_id>/reminder", methods=["GET", "POST"])
async def of_post(post_id: int) -> Response:
    """Have oneself reminded of a post."""
    async with resources().database.read() as db:
        row = await posts.post_by_id(db, signed_in(current_viewer()), post_id)
    heading = _("Set a reminder for this post")
    return await _answer(Subject("post", row.id, heading, row.title, post_path(row)))


@blueprint.route("/post_reply/<int:comment_id>/reminder", methods=["GET", "POST"])
async def of_comment(comment_id: int) -> Response:
    """Have oneself reminded of a comment."""
    async with resources().database.read() as db:
        row = await comments.comment_by_id(db, signed_in(current_viewer()), comment_id)
    heading = _("Set a reminder for this comment")
    return await _answer(Subject("comment", row.id, heading, row.post.title, path_of(row)))


@blueprint.post("/reminder/<int:reminder_id>/forget")
async def forget(reminder_id: int) -> Response:
    """Take a reminder back."""
    await resources().database.write(operations.forget, signed_in(current_viewer()), reminder_id)
    return go(on_this_site((await posted()).get("next")), "reminder-forgotten")


async def _answer(subject: Subject) -> Response:
    viewer = signed_in(current_viewer())
    if request.method == "GET":
        soon = local_time(utcnow() + USUAL, zone_named(viewer.timezone).key).replace(tzinfo=None)
        return await _show(viewer, subject, {"remind_at": f"{soon:%Y-%m-%dT%H:%M}"})
    form = await posted()
    try:
        at = in_utc(REMINDER.read(form)["remind_at"], zone_named(viewer.timezone).key)
        await resources().database.write(operations.set_reminder, viewer, subject.kind, subject.id, at)
    except SHOWN_IN_FORM as refusal:
        return await _show(viewer, subject, form, refusal)
    return go(subject.back, "reminder-set")


async def _show(
    viewer: Viewer, subject: Subject, form: Mapping[str, Any], refusal: ForumError | None = None
) -> Response:
    async with resources().database.read() as db:
        waiting = await queries.waiting(db, viewer)
    zone = zone_named(viewer.timezone).key
    return show_form(
        "reminders/form.html",
        form,
        refusal,
        fields=REMINDER,
        subject=subject,
        zone=zone,
        waiting=waiting,
        action=request.path,
    )
