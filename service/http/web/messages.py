"""Private messages: the conversations, one of them with its form, a first message to somebody."""

from collections.abc import Mapping
from typing import Any

from quart import Blueprint, Response, request

from service.forum.accounts.queries import profile_by_id
from service.forum.accounts.viewer import Viewer, signed_in
from service.forum.errors import Forbidden, ForumError, NotFound
from service.forum.messages import operations, queries
from service.forum.messages.rules import CONTENT_MAX
from service.forum.messages.shapes import MessageRow
from service.http.context import current_viewer, resources
from service.http.passing.limits import limit
from service.http.web.frame.bodies import prepare_html
from service.http.web.frame.fields import Area, Form, Sent
from service.http.web.frame.forms import SHOWN_IN_FORM, go, number_of, posted, show_form
from service.http.web.frame.listing import PAGE, page_after
from service.http.web.frame.rendering import render
from service.language import _

blueprint = Blueprint("messages", __name__)

MESSAGE = Form(
    Area(
        "content",
        _("Your message"),
        required=True,
        missing=_("Write a message first."),
        most=CONTENT_MAX,
        written=True,
    )
)


@blueprint.get("/chat")
async def index() -> str:
    """Show the conversations, the last one first."""
    viewer = signed_in(current_viewer())
    number = number_of(request.args.get("page"))
    async with resources().database.read() as db:
        newest = await queries.newest_of_each(db, viewer, page=number, size=PAGE)
    return render(
        "messages/chats.html",
        here="messages",
        newest=newest.items,
        next_url=page_after("/chat", number, newest.has_more),
    )


@blueprint.get("/chat/<int:conversation_id>")
async def conversation(conversation_id: int) -> Response:
    """Show a conversation, the newest message last, above the form; and mark it as read."""
    viewer = signed_in(current_viewer())
    response = await _show(viewer, conversation_id)
    await resources().database.write(operations.mark_conversation_read, viewer, conversation_id)
    return response


@blueprint.post("/chat/<int:conversation_id>")
async def answer(conversation_id: int) -> Response:
    """Write to the other one."""
    viewer = signed_in(current_viewer())
    form = await posted()
    async with resources().database.read() as db:
        newest = (await queries.conversation(db, viewer, conversation_id, size=1)).items
    if not newest:
        raise NotFound
    other = newest[0].recipient if newest[0].sender.id == viewer.id else newest[0].sender
    try:
        message_id = await _send(viewer, other.id, form)
    except SHOWN_IN_FORM as refusal:
        return await _show(viewer, conversation_id, form, refusal)
    return await _to_message(viewer, message_id)


@blueprint.get("/chat/to/<int:person_id>")
async def first_page(person_id: int) -> Response:
    """Show the form of a first message to somebody."""
    return await _show_first(signed_in(current_viewer()), person_id, {})


@blueprint.post("/chat/to/<int:person_id>")
async def first(person_id: int) -> Response:
    """Write to somebody."""
    viewer = signed_in(current_viewer())
    form = await posted()
    try:
        message_id = await _send(viewer, person_id, form)
    except SHOWN_IN_FORM as refusal:
        return await _show_first(viewer, person_id, form, refusal)
    return await _to_message(viewer, message_id)


@blueprint.get("/chat/message/<int:message_id>/edit")
async def edit_page(message_id: int) -> Response:
    """Show the form with what the viewer wrote."""
    message = await _find_own(message_id)
    return _show_edit(message, {"content": message.content})


@blueprint.post("/chat/message/<int:message_id>/edit")
async def edit(message_id: int) -> Response:
    """Change a message that the viewer wrote."""
    message, form = await _find_own(message_id), await posted()
    domain = resources().config.site.domain
    try:
        if changes := MESSAGE.changes(form, {"content": message.content}):
            await resources().database.write(
                operations.edit, signed_in(current_viewer()), message_id, changes["content"], domain=domain
            )
    except SHOWN_IN_FORM as refusal:
        return _show_edit(message, form, refusal)
    return go(f"/chat/{message.conversation_id}#message_{message_id}")


@blueprint.post("/chat/message/<int:message_id>/delete", defaults={"deleted": True})
@blueprint.post("/chat/message/<int:message_id>/restore", defaults={"deleted": False})
async def delete(message_id: int, *, deleted: bool) -> Response:
    """Take a message back, or let it be there again."""
    message = await _find_own(message_id)
    viewer = signed_in(current_viewer())
    await resources().database.write(operations.set_deleted, viewer, message_id, deleted=deleted)
    word = "message-deleted" if deleted else "message-restored"
    return go(f"/chat/{message.conversation_id}", word, message_id)


async def _find_own(message_id: int) -> MessageRow:
    viewer = signed_in(current_viewer())
    async with resources().database.read() as db:
        message = await queries.message_by_id(db, viewer, message_id)
    if message.sender.id != viewer.id:
        raise Forbidden(_("You can only do that with your own messages."))
    return message


def _show_edit(written: MessageRow, form: Mapping[str, Any], refusal: ForumError | None = None) -> Response:
    return show_form("messages/edit.html", form, refusal, fields=MESSAGE, here="messages", written=written)


@blueprint.post("/chat/<int:conversation_id>/leave")
async def leave(conversation_id: int) -> Response:
    """Take no further part in a conversation."""
    await resources().database.write(operations.leave, signed_in(current_viewer()), conversation_id)
    return go("/chat", "conversation-left")


async def _send(viewer: Viewer, person_id: int, form: Sent) -> int:
    await limit("publish")
    content = MESSAGE.read(form)["content"]
    domain = resources().config.site.domain
    return await resources().database.write(operations.send, viewer, person_id, content, domain=domain)


async def _to_message(viewer: Viewer, message_id: int) -> Response:
    async with resources().database.read() as db:
        message = await queries.message_by_id(db, viewer, message_id)
    return go(f"/chat/{message.conversation_id}#message_{message_id}")


async def _show(
    viewer: Viewer,
    conversation_id: int,
    form: dict[str, str] | None = None,
    refusal: ForumError | None = None,
) -> Response:
    number = number_of(request.args.get("page"))
    async with resources().database.read() as db:
        said = await queries.conversation(db, viewer, conversation_id, page=number, size=PAGE)
    await prepare_html(*(message.html for message in said.items))
    path = f"/chat/{conversation_id}"
    others = [
        message.sender if message.sender.id != viewer.id else message.recipient for message in said.items
    ]
    return show_form(
        "messages/chat.html",
        form or {},
        refusal,
        fields=MESSAGE,
        here="messages",
        path=path,
        other=others[0] if others else None,
        said=said.items[::-1],
        next_url=page_after(path, number, said.has_more),
    )


async def _show_first(
    viewer: Viewer, person_id: int, form: dict[str, str], refusal: ForumError | None = None
) -> Response:
    async with resources().database.read() as db:
        profile = await profile_by_id(db, viewer, person_id)
    return show_form(
        "messages/chat.html",
        form,
        refusal,
        fields=MESSAGE,
        here="messages",
        path=f"/chat/to/{person_id}",
        other=profile.person,
        said=[],
        next_url=None,
    )
