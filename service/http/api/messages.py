"""/api/alpha: private messages."""

from typing import TypedDict

import msgspec
from quart import Blueprint

from service.forum.accounts.viewer import Viewer
from service.forum.errors import Invalid
from service.forum.messages import operations, queries
from service.http.answer import Id, PageNumber, PageSize
from service.http.api.contract import API, Done
from service.http.api.shapes.messages import PrivateMessageView, message_view
from service.http.context import resources
from service.http.passing.idempotency_key import effect

blueprint = Blueprint("api_messages", __name__, url_prefix="/api/alpha/private_message")


class MessageListQuery(msgspec.Struct):
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


class CreatePrivateMessageRequest(msgspec.Struct):
    """A new message."""

    content: str
    recipient_id: Id


class EditPrivateMessageRequest(msgspec.Struct):
    """Another text for a message."""

    private_message_id: Id
    content: str


class MarkPrivateMessageAsReadRequest(msgspec.Struct):
    """Whether a message counts as read."""

    private_message_id: Id
    read: bool


class DeletePrivateMessageRequest(msgspec.Struct):
    """Whether a sender has taken a message back."""

    private_message_id: Id
    deleted: bool


class LeaveConversationRequest(msgspec.Struct):
    """A conversation to take no further part in."""

    conversation_id: Id


class ListPrivateMessagesResponse(TypedDict):
    """A page of messages."""

    private_messages: list[PrivateMessageView]


class PrivateMessageResponse(TypedDict):
    """A message."""

    private_message_view: PrivateMessageView


@blueprint.get("/list")
@API.endpoint()
async def get_list(viewer: Viewer, query: MessageListQuery) -> ListPrivateMessagesResponse:
    """Return a page of what the viewer wrote and got."""
    async with resources().database.read() as db:
        page = await queries.listing(
            db, viewer, unread_only=query.unread_only, page=query.page, size=query.limit
        )
    origin = resources().config.site.base_url
    return {"private_messages": [message_view(origin, row) for row in page.items]}


@blueprint.get("/conversation")
@API.endpoint()
async def get_conversation(viewer: Viewer, query: WhichConversation) -> ListPrivateMessagesResponse:
    """Return a page of a conversation, the newest message first."""
    size = query.limit
    async with resources().database.read() as db:
        if query.conversation_id is not None:
            page = await queries.conversation(db, viewer, query.conversation_id, page=query.page, size=size)
        elif query.person_id is not None:
            page = await queries.conversation_with(db, viewer, query.person_id, page=query.page, size=size)
        else:
            raise Invalid({"person_id": "Give a person_id or a conversation_id."})
    origin = resources().config.site.base_url
    return {"private_messages": [message_view(origin, row) for row in page.items]}


@blueprint.post("/conversation/leave")
@API.endpoint()
async def leave(viewer: Viewer, body: LeaveConversationRequest) -> Done:
    """Take no further part in a conversation."""
    await effect(operations.leave, viewer, body.conversation_id)
    return {}


@blueprint.post("")
@API.endpoint(limited="publish")
async def create(viewer: Viewer, body: CreatePrivateMessageRequest) -> PrivateMessageResponse:
    """Write to somebody."""
    domain = resources().config.site.domain
    message_id = await effect(operations.send, viewer, body.recipient_id, body.content, domain=domain)
    return await _answer(viewer, message_id)


@blueprint.put("")
@API.endpoint()
async def edit(viewer: Viewer, body: EditPrivateMessageRequest) -> PrivateMessageResponse:
    """Change the text of a message."""
    domain = resources().config.site.domain
    await effect(operations.edit, viewer, body.private_message_id, body.content, domain=domain)
    return await _answer(viewer, body.private_message_id)


@blueprint.post("/mark_as_read")
@API.endpoint()
async def mark_as_read(viewer: Viewer, body: MarkPrivateMessageAsReadRequest) -> PrivateMessageResponse:
    """Mark a message as read or unread."""
    await effect(operations.mark, viewer, body.private_message_id, read=body.read)
    return await _answer(viewer, body.private_message_id)


@blueprint.post("/delete")
@API.endpoint()
async def delete(viewer: Viewer, body: DeletePrivateMessageRequest) -> PrivateMessageResponse:
    """Take one's own message back, or bring it back."""
    await effect(operations.set_deleted, viewer, body.private_message_id, deleted=body.deleted)
    return await _answer(viewer, body.private_message_id)


async def _answer(viewer: Viewer, message_id: int) -> PrivateMessageResponse:
    async with resources().database.read() as db:
        row = await queries.message_by_id(db, viewer, message_id)
    return {"private_message_view": message_view(resources().config.site.base_url, row)}
