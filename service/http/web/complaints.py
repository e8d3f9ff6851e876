"""Reporting something to those who look after it: a post, a comment, a person, a community, a message."""

from collections.abc import Awaitable, Callable, Mapping

import msgspec
from quart import Blueprint, Response, request

from service.forum.accounts.viewer import signed_in
from service.forum.comments import queries as comments
from service.forum.errors import ForumError, Invalid
from service.forum.messages import queries as messages
from service.forum.posts import queries as posts
from service.forum.reports import operations
from service.forum.reports.choices import Reason
from service.forum.reports.operations import Complaint
from service.forum.reports.rules import DESCRIPTION_LENGTH
from service.http.context import current_viewer, resources
from service.http.passing.limits import limit
from service.http.web.comments.finding import path_of
from service.http.web.communities import find as find_community
from service.http.web.frame.fields import Form, Line, Radios, Sent, Switch
from service.http.web.frame.forms import SHOWN_IN_FORM, go, posted, show_form
from service.http.web.frame.helpers import community_path, handle, person_path, post_path
from service.http.web.people import find as find_person
from service.language import _
from service.text.excerpts import excerpt

blueprint = Blueprint("complaints", __name__)

EXCERPT_LENGTH = 300


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What is complained about.

    Attributes:
        heading: The question that the form asks.
        words: What it says, or who it is.
        reader: Who will look at the report.
        back: Where it is read.
        home: The other server that can be told, too; '' for none.
    """

    id: int
    heading: str
    words: str
    reader: str
    back: str
    home: str = ""


MODERATORS = _("Your report will be sent to the community's moderators.")
ADMINISTRATORS = _("Your report will be sent to this site's administrators.")

COMPLAINT = Form(
    Radios("reason", _("What's wrong?"), offered=Reason, missing=_("Choose a reason.")),
    Line("description", _("More details"), most=DESCRIPTION_LENGTH),
    Switch("to_remote", hint=_("That's the server it was written on.")),
)

Filing = Callable[..., Awaitable[int]]


@blueprint.route("/post/<int:post_id>/report", methods=["GET", "POST"])
async def post(post_id: int) -> Response:
    """Report a post."""
    async with resources().database.read() as db:
        row = await posts.post_by_id(db, signed_in(current_viewer()), post_id)
    subject = Subject(
        id=row.id,
        heading=_("Report this post"),
        words=row.title,
        reader=MODERATORS,
        back=post_path(row),
        home="" if row.local else row.author.domain or "",
    )
    return await _answer(subject, operations.report_post)


@blueprint.route("/post/<int:post_id>/comment/<int:comment_id>/report", methods=["GET", "POST"])
async def comment(post_id: int, comment_id: int) -> Response:
    """Report a comment."""
    async with resources().database.read() as db:
        row = await comments.comment_by_id(db, signed_in(current_viewer()), comment_id)
    subject = Subject(
        id=row.id,
        heading=_("Report this comment"),
        words=excerpt(row.body_html, row.body, EXCERPT_LENGTH),
        reader=MODERATORS,
        back=path_of(row),
        home="" if row.local else row.author.domain or "",
    )
    return await _answer(subject, operations.report_comment)


@blueprint.route("/u/<name>/report", methods=["GET", "POST"])
async def person(name: str) -> Response:
    """Report a person."""
    signed_in(current_viewer())
    row = (await find_person(name)).person
    subject = Subject(
        id=row.id,
        heading=_("Report this person"),
        words=f"@{handle(row)}",
        reader=ADMINISTRATORS,
        back=person_path(row),
    )
    return await _answer(subject, operations.report_person)


@blueprint.route("/community/<name>/report", methods=["GET", "POST"])
async def community(name: str) -> Response:
    """Report a community."""
    signed_in(current_viewer())
    row = (await find_community(name)).community
    subject = Subject(
        id=row.id,
        heading=_("Report this community"),
        words=f"!{handle(row)}",
        reader=ADMINISTRATORS,
        back=community_path(row),
    )
    return await _answer(subject, operations.report_community)


@blueprint.route("/chat/message/<int:message_id>/report", methods=["GET", "POST"])
async def message(message_id: int) -> Response:
    """Report a message that somebody wrote to the viewer."""
    async with resources().database.read() as db:
        row = await messages.message_by_id(db, signed_in(current_viewer()), message_id)
    subject = Subject(
        id=row.id,
        heading=_("Report this message"),
        words=excerpt(row.html, row.content, EXCERPT_LENGTH),
        reader=ADMINISTRATORS,
        back=f"/chat/{row.conversation_id}#message_{row.id}",
    )
    return await _answer(subject, operations.report_message)


@blueprint.route("/chat/<int:conversation_id>/report", methods=["GET", "POST"])
async def conversation(conversation_id: int) -> Response:
    """Report all of a conversation."""
    signed_in(current_viewer())
    subject = Subject(
        id=conversation_id,
        heading=_("Report this conversation"),
        words=_("All messages in the conversation"),
        reader=ADMINISTRATORS,
        back=f"/chat/{conversation_id}",
    )
    return await _answer(subject, operations.report_conversation)


async def _answer(subject: Subject, file: Filing) -> Response:
    """Show the form, or file what was sent with it."""
    if request.method == "GET":
        return _show(subject, {"to_remote": True})
    form = await posted()
    try:
        await limit("publish")
        complaint = _complaint(form)
        await resources().database.write(file, signed_in(current_viewer()), subject.id, complaint)
    except SHOWN_IN_FORM as refusal:
        return _show(subject, form, refusal)
    return go(subject.back, "reported")


def _complaint(form: Sent) -> Complaint:
    said = COMPLAINT.read(form)
    if said["reason"] is Reason.OTHER and not said["description"]:
        raise Invalid({"description": _("Explain what's wrong.")})
    return Complaint(**said | {"reason": said["reason"].value})


def _show(subject: Subject, form: Mapping[str, object], refusal: ForumError | None = None) -> Response:
    return show_form(
        "complaints/form.html", form, refusal, fields=COMPLAINT, subject=subject, action=request.path
    )
