"""The columns of a person beside something else, and the row made of them. Used by the queries of every noun."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, DateTime, Integer, bindparam, exists, func, or_
from sqlalchemy.orm import aliased

from service.forum.accounts.author import LOCAL_INSTANCE
from service.forum.accounts.rules import FIRST_ACCOUNT, ROLE_ADMIN
from service.forum.accounts.viewer import Viewer
from service.forum.attachments.columns import address_of, address_sql
from service.forum.posts.shapes import AuthorRow
from service.storage.tables import File, User, UserRole

AUTHOR_WIDTH = 13

# Statements are built once and run with these, because building one costs more than running it.
VIEWER_ID: ColumnElement[Any] = bindparam("viewer_id", type_=Integer())
NOW: ColumnElement[Any] = bindparam("now", type_=DateTime())
WANTED: ColumnElement[Any] = bindparam("wanted")

# How much of what is not for everybody a viewer may see.
Scope = Literal["anybody", "member", "staff"]


def scope_of(viewer: Viewer | None) -> Scope:
    """Which of the statements is the viewer's."""
    if viewer is None:
        return "anybody"
    return "staff" if viewer.runs_the_site else "member"


def as_seen_by(viewer: Viewer | None, **values: Any) -> dict[str, Any]:
    """The parameters of a statement: the viewer's id, and the values."""
    return {"viewer_id": viewer.id if viewer else 0, **values}


def picture(of: str) -> type[File]:
    """The file table under a name of its own, for one of several pictures in a statement."""
    return aliased(File, name=of)


def is_administrator(person: Any = User) -> ColumnElement[bool]:
    """Whether an account is an administrator: by its role, or as the very first account, as in PieFed."""
    has_role = exists().where(UserRole.user_id == person.id, UserRole.role_id == ROLE_ADMIN)
    return or_(person.id == FIRST_ACCOUNT, has_role)


def author_columns(person: Any, avatar: Any) -> list[ColumnElement[Any]]:
    """The AUTHOR_WIDTH columns that `author_row` reads; `avatar` is outer-joined on `person.avatar_id`."""
    return [
        person.id,
        person.user_name,
        person.title,
        address_sql(avatar.file_path, avatar.thumbnail_path, avatar.source_url),
        func.coalesce(person.ap_public_url, person.ap_profile_id),
        func.coalesce(person.instance_id, LOCAL_INSTANCE) == LOCAL_INSTANCE,
        person.ap_domain,
        person.instance_id,
        person.bot,
        person.deleted,
        person.banned,
        is_administrator(person),
        person.created,
    ]


def author_row(values: Sequence[Any]) -> AuthorRow:
    """The person made of the values of `author_columns`; NULLs of old rows become what they stand for."""
    return AuthorRow(
        values[0],
        values[1] or "",
        values[2] or None,
        address_of(values[3]) or None,
        values[4] or "",
        bool(values[5]),
        values[6],
        values[7] or 1,
        bool(values[8]),
        bool(values[9]),
        bool(values[10]),
        bool(values[11]),
        values[12] or datetime(1970, 1, 1),
    )
