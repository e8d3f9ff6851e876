"""Changes to the viewer's keyword filters."""

from datetime import date

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.choices import FilterAction
from service.forum.accounts.filters import (
    FILTERS_MAX,
    KEYWORDS_LENGTH,
    TITLE_LENGTH,
    WORDS_MAX,
    words_of,
)
from service.forum.accounts.viewer import Viewer
from service.forum.checks import is_id, refuse, too_long
from service.forum.errors import Invalid, NotFound
from service.language import _
from service.storage.locking import lock_name
from service.storage.tables import Filter


class FilterChange(msgspec.Struct, frozen=True, kw_only=True):
    """What a keyword filter is to be; the names are those of the table's columns.

    Attributes:
        keywords: Words and phrases, one a line.
        hide_type: A `FilterAction`.
        expire_after: The last day on which it does nothing any more; None for never.
    """

    title: str
    keywords: str
    hide_type: int = FilterAction.HIDE
    filter_home: bool = True
    filter_posts: bool = True
    filter_replies: bool = False
    expire_after: date | None = None


async def add_filter(session: AsyncSession, viewer: Viewer, new: FilterChange) -> int:
    """Make a keyword filter of the viewer's; return its id. Invalid if it breaks a rule, or there are too many."""
    await lock_name(session, f"filters:{viewer.id}")
    values = await _checked(session, viewer, new, None)
    made = Filter(user_id=viewer.id, **values)
    session.add(made)
    await session.flush()
    return made.id


async def edit_filter(session: AsyncSession, viewer: Viewer, filter_id: int, change: FilterChange) -> None:
    """Make another filter of one of the viewer's; NotFound if it is not theirs, Invalid if it breaks a rule."""
    await lock_name(session, f"filters:{viewer.id}")
    own = await session.get(Filter, filter_id) if is_id(filter_id) else None
    if own is None or own.user_id != viewer.id:
        raise NotFound(_("This filter doesn't exist."))
    for name, value in (await _checked(session, viewer, change, filter_id)).items():
        setattr(own, name, value)
    await session.flush()


async def delete_filter(session: AsyncSession, viewer: Viewer, filter_id: int) -> None:
    """Delete one of the viewer's filters; NotFound if it is not theirs."""
    own = delete(Filter).where(Filter.id == filter_id, Filter.user_id == viewer.id).returning(Filter.id)
    if not is_id(filter_id) or (await session.execute(own)).first() is None:
        raise NotFound(_("This filter doesn't exist."))


async def _checked(
    session: AsyncSession, viewer: Viewer, change: FilterChange, filter_id: int | None
) -> dict[str, object]:
    title, words = change.title.strip(), words_of(change.keywords)
    keywords = "\n".join(words)
    shortest, _most = TITLE_LENGTH
    refuse(
        {
            "title": _("Enter a name.") if len(title) < shortest else too_long(title, TITLE_LENGTH[1]),
            "keywords": _("Enter at least one word.") if not words else too_long(keywords, KEYWORDS_LENGTH),
            "hide_type": None
            if change.hide_type in tuple(FilterAction)
            else _("Choose what the filter should do."),
        }
    )
    others = select(Filter.keywords).where(Filter.user_id == viewer.id, Filter.id != (filter_id or 0))
    known = (await session.scalars(others)).all()
    if len(known) >= FILTERS_MAX:
        raise Invalid({"title": _("You can have at most %(filters_max)s filters.", filters_max=FILTERS_MAX)})
    if sum(len(words_of(text or "")) for text in known) + len(words) > WORDS_MAX:
        raise Invalid(
            {
                "keywords": _(
                    "Your filters can have at most %(words_max)s words in total.", words_max=WORDS_MAX
                )
            }
        )
    return msgspec.structs.asdict(change) | {"title": title, "keywords": keywords}
