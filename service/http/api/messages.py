"""/api/alpha: private messages."""

import msgspec
from quart import Blueprint, Response

from service.forum.accounts.viewer import signed_in
from service.forum.errors import Invalid
from service.forum.messages import operations, queries
from service.http.api.answer import Id, PageNumber, PageSize, answer, body_as, page_size, query_as
from service.http.api.shapes.messages import message_view
from service.http.context import resources, viewer
from service.http.limits import limit

blueprint = Blueprint("api_messages", __name__, url_prefix="/api/alpha/private_message")


class Listing(msgspec.Struct):
    """A page of messages."""

    unread_only: bool = False
    page: PageNumber = 1
    limit: PageSize = 10


class WhichConversation(msgspec.Struct):
    """A page of what was said with one person, or in one conversation."""

    person_id: Id | None = None
    conversation_id: Id | None = None
    page: PageNumber = 1
    limit: PageSize = 10


class Create(msgspec.Struct):
    """A new message."""

    content: str
    recipient_id: Id


class Edit(msgspec.Struct):
    """Another text for a message."""

    private_message_id: Id
    content: str


class MarkRead(msgspec.Struct):
    """Whether a message counts as read."""

    private_message_id: Id
    read: bool


class Delete(msgspec.Struct):
    """Whether a sender has taken a message back."""

    private_message_id: Id
    deleted: bool


class Leave(msgspec.Struct):
    """A conversation to take no further part in."""

    conversation_id: Id


@blueprint.get("/list")
async def get_list() -> Response:
    """Return a page of what the viewer wrote and got."""
    known = signed_in(viewer())
    wanted = query_as(Listing)
    async with resources().database.read() as db:
        rows = await queries.listing(
            db, known, unread_only=wanted.unread_only, page=wanted.page, size=page_size(wanted.limit)
        )
    origin = resources().config.site.base_url
    return answer({"private_messages": [message_view(origin, row) for row in rows]})


@blueprint.get("/conversation")
async def get_conversation() -> Response:
    """Return a page of a conversation, the newest message first."""
    known = signed_in(viewer())
    wanted = query_as(WhichConversation)
    size = page_size(wanted.limit)
    async with resources().database.read() as db:
        if wanted.conversation_id is not None:
            rows = await queries.conversation(db, known, wanted.conversation_id, page=wanted.page, size=size)
        elif wanted.person_id is not None:
            rows = await queries.conversation_with(db, known, wanted.person_id, page=wanted.page, size=size)
        else:
            raise Invalid({"person_id": "Give a person_id or a conversation_id."})
    origin = resources().config.site.base_url
    return answer({"private_messages": [message_view(origin, row) for row in rows]})


@blueprint.post("/conversation/leave")
async def leave() -> Response:
    """Take no further part in a conversation."""
    known = signed_in(viewer())
    sent = await body_as(Leave)
    await resources().database.write(operations.leave, known, sent.conversation_id)
    return answer({})


@blueprint.post("")
async def create() -> Response:
    """Write to somebody."""
    known = signed_in(viewer())
    await limit("publish")
    sent = await body_as(Create)
    domain = resources().config.site.domain
    message_id = await resources().database.write(
        operations.send, known, sent.recipient_id, sent.content, domain=domain
    )
    return await _answer(message_id)


@blueprint.put("")
async def edit() -> Response:
    """Change the text of a message."""
    known = signed_in(viewer())
    sent = await body_as(Edit)
    domain = resources().config.site.domain
    await resources().database.write(
        operations.edit, known, sent.private_message_id, sent.content, domain=domain
    )
    return await _answer(sent.private_message_id)


@blueprint.post("/mark_as_read")
async def mark_as_read() -> Response:
    """Mark a message as read or unread."""
    known = signed_in(viewer())
    sent = await body_as(MarkRead)
    await resources().database.write(operations.mark, known, sent.private_message_id, read=sent.read)
    return await _answer(sent.private_message_id)


@blueprint.post("/delete")
async def delete() -> Response:
    """Take one's own message back, or bring it back."""
    known = signed_in(viewer())
    sent = await body_as(Delete)
    await resources().database.write(
        operations.set_deleted, known, sent.private_message_id, deleted=sent.deleted
    )
    return await _answer(sent.private_message_id)


async def _answer(message_id: int) -> Response:
    async with resources().database.read() as db:
        row = await queries.one(db, signed_in(viewer()), message_id)
    return answer({"private_message_view": message_view(resources().config.site.base_url, row)})
