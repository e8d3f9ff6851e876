"""Private messages by their ids. They leave for one inbox each; no document of one is ever served."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, Integer, Select, any_, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from service.federation.queries.columns import ACTOR_WIDTH, actor_columns, actor_row
from service.federation.write.rows import MessageRow
from service.storage.clock import EPOCH
from service.storage.statements import array_of_any_length
from service.storage.tables import ChatMessage, Instance, User

_SENDER, _RECIPIENT = aliased(User, name="sender"), aliased(User, name="recipient")
_BEFORE = aliased(ChatMessage, name="before")
_IDS: Any = bindparam("ids", type_=ARRAY(Integer))


async def messages(db: AsyncConnection, ids: Iterable[int], domain: str) -> dict[int, MessageRow]:
    """Messages by their ids.

    Parameters:
        domain: this site's.
    """
    rows = await db.execute(_messages(), {"ids": [*ids]})
    return {row.own_id: _message(row, domain) for row in rows}


@cache
def _messages() -> Select[Any]:
    before = (
        select(_BEFORE.ap_id)
        .where(_BEFORE.conversation_id == ChatMessage.conversation_id, _BEFORE.id < ChatMessage.id)
        .order_by(_BEFORE.id.desc())
        .limit(1)
        .correlate(ChatMessage)
        .scalar_subquery()
    )
    return (
        select(
            *actor_columns(_SENDER),
            *actor_columns(_RECIPIENT),
            Instance.software,
            ChatMessage.id.label("own_id"),
            ChatMessage.ap_id,
            ChatMessage.body,
            ChatMessage.body_html,
            ChatMessage.conversation_id,
            ChatMessage.deleted,
            ChatMessage.created_at,
            ChatMessage.edited_at,
            before.label("before"),
        )
        .join(_SENDER, _SENDER.id == ChatMessage.sender_id)
        .join(_RECIPIENT, _RECIPIENT.id == ChatMessage.recipient_id)
        .outerjoin(Instance, Instance.id == _RECIPIENT.instance_id)
        .where(ChatMessage.id == any_(array_of_any_length(_IDS)))
    )


def _message(row: Any, domain: str) -> MessageRow:
    here = f"https://{domain}"
    published = row.created_at or EPOCH
    # A new row has the time of its making there as well, and a moment later than that.
    was_edited = row.edited_at is not None and (row.edited_at - published).total_seconds() > 1
    return MessageRow(
        id=row.own_id,
        url=row.ap_id or f"{here}/private_message/{row.own_id}",
        sender=actor_row(row[:ACTOR_WIDTH], domain),
        recipient=actor_row(row[ACTOR_WIDTH : 2 * ACTOR_WIDTH], domain, row.software),
        body=row.body or "",
        body_html=row.body_html or "",
        parent=row.before,
        conversation=f"{here}/chat/{row.conversation_id}" if row.conversation_id else None,
        deleted=bool(row.deleted),
        published=published,
        updated=row.edited_at if was_edited else None,
    )
