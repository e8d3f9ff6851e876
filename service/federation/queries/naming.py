"""Whom texts name, and which pictures stand for words in them: for many texts at once, in one statement each."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.federation.queries.columns import absolute, actor_columns, actor_row
from service.federation.write.rows import ActorRow, EmojiRow
from service.storage.tables import Emoji, User
from service.text.mentions import mentions

MOST_MENTIONS = 50  # of one text
_TOKEN = re.compile(r":[a-z0-9_+-]{1,20}:", re.IGNORECASE)
_NAMES: Any = bindparam("names", expanding=True)


async def named_in(
    db: AsyncConnection, texts: Mapping[int, str], domain: str
) -> dict[int, tuple[ActorRow, ...]]:
    """The people whom each of some Markdown texts names; who is not known here is left out.

    Parameters:
        texts: by the ids under which the answer is wanted.
        domain: this site's, whose people may be named with it.
    """
    handles = {
        id_: [
            f"{one.name}@{one.host}".lower() for one in mentions(text)[:MOST_MENTIONS] if one.kind == "person"
        ]
        for id_, text in texts.items()
    }
    wanted = {handle for named in handles.values() for handle in named}
    known = await _people(db, wanted, domain) if wanted else {}
    return {id_: tuple(known[one] for one in named if one in known) for id_, named in handles.items()}


async def pictured_in(
    db: AsyncConnection, texts: Mapping[int, str], domain: str
) -> dict[int, tuple[EmojiRow, ...]]:
    """The emoji that each of some texts uses.

    Parameters:
        texts: by the ids under which the answer is wanted.
        domain: this site's, put before relative addresses.
    """
    tokens = {id_: {one.lower() for one in _TOKEN.findall(text)} for id_, text in texts.items()}
    wanted = {token for found in tokens.values() for token in found}
    known = await _emoji(db, wanted, domain) if wanted else {}
    return {id_: tuple(known[one] for one in sorted(found) if one in known) for id_, found in tokens.items()}


async def _people(db: AsyncConnection, handles: Iterable[str], domain: str) -> dict[str, ActorRow]:
    here = [handle.partition("@")[0] for handle in handles if handle.partition("@")[2] == domain]
    rows = await db.execute(_people_by_handle(), {"names": [*handles], "here": here})
    people = [actor_row(values, domain) for values in rows]
    return {person.handle.lower(): person for person in people}


async def _emoji(db: AsyncConnection, tokens: Iterable[str], domain: str) -> dict[str, EmojiRow]:
    rows = await db.execute(_emoji_by_token(), {"names": [*tokens]})
    found = ((token, absolute(domain, url)) for token, url in rows)
    return {token: EmojiRow(token, url) for token, url in found if url}


@cache
def _people_by_handle() -> Any:
    here: Any = bindparam("here", expanding=True)
    local = User.is_local & func.lower(User.user_name).in_(here)
    return select(*actor_columns(User)).where(
        User.ap_id.in_(_NAMES) | local, User.deleted.is_not(True), User.banned.is_not(True)
    )


@cache
def _emoji_by_token() -> Any:
    # Ours, which has the lowest number, comes last and so counts.
    order = Emoji.instance_id.desc(), Emoji.id.desc()
    return select(Emoji.token, Emoji.url).where(Emoji.token.in_(_NAMES)).order_by(*order)
