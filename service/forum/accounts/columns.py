"""A person beside something else, who asks, and what they may see: pieces of the statements of every noun."""

from typing import Any, Literal

from sqlalchemy import (
    JSON,
    ColumnElement,
    DateTime,
    Integer,
    bindparam,
    cast,
    exists,
    func,
    literal_column,
    null,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from service.forum.accounts.author import LOCAL_INSTANCE, Author
from service.forum.accounts.rules import FIRST_ACCOUNT, ROLE_ADMIN
from service.forum.accounts.shapes import AuthorRow, ExtraField
from service.forum.accounts.viewer import Viewer
from service.forum.attachments.columns import address_read
from service.forum.bans import is_banned_here_or_at_home
from service.storage.rows import Loader, Read, or_empty, or_false, or_long_ago
from service.storage.statements import Id
from service.storage.tables import File, User, UserExtraField, UserFlair, UserNote, UserRole

# Statements are built once and run with these, because building one costs more than running it.
VIEWER_ID: ColumnElement[int] = bindparam("viewer_id", type_=Integer())
NOW: ColumnElement[Any] = bindparam("now", type_=DateTime())
WANTED: ColumnElement[Any] = bindparam("wanted")

# How much of what is not for everybody a viewer may see.
Scope = Literal["anybody", "member", "staff"]


def scope_of(viewer: Viewer | None) -> Scope:
    """Which of the statements is the viewer's."""
    if viewer is None:
        return "anybody"
    return "staff" if viewer.runs_the_site else "member"


def as_seen_by(viewer: Author | None, **values: Any) -> dict[str, Any]:
    """The parameters of a statement: the viewer's id, and the values."""
    return {"viewer_id": viewer.id if viewer else 0, **values}


def seen_text(at: str) -> str:
    """SQL: when an account was there last, to be written with something else of it, from then on once a minute.

    The column has an index; where it stays as it is, none of the account's many indexes is written.

    Parameters:
        at: SQL, a time; NULL for no news.
    """
    is_news = f"{at} > coalesce(last_seen, '-infinity') + interval '1 minute'"
    return f"CASE WHEN {is_news} THEN {at} ELSE last_seen END"


def picture(of: str) -> type[File]:
    """The file table under a name of its own, for one of several pictures in a statement."""
    return aliased(File, name=of)


def is_administrator(person: type[User] = User) -> ColumnElement[bool]:
    """Whether an account is an administrator: by its role, or as the very first account, as in PieFed."""
    has_role = exists().where(UserRole.user_id == person.id, UserRole.role_id == ROLE_ADMIN)
    return or_(person.id == FIRST_ACCOUNT, has_role)


def note_about(person_id: Id) -> ColumnElement[str | None]:
    """SQL: what the viewer wrote down about somebody; NULL for nothing."""
    return (
        select(func.nullif(func.max(UserNote.body), ""))
        .where(UserNote.user_id == VIEWER_ID, UserNote.target_id == person_id)
        .scalar_subquery()
    )


def author_loader(
    person: type[User], avatar: Any, *, flair_in: Id = None, introduced: bool = False
) -> Loader[AuthorRow]:
    """A person beside something else.

    Parameters:
        avatar: outer-joined on `person.avatar_id`.
        flair_in: the community whose flair stands beside the name.
        introduced: with what the person says of themselves.
    """
    nothing: ColumnElement[str] = literal_column("''")
    return Loader(
        AuthorRow,
        {
            "name": or_empty(person.user_name),
            "banned": is_banned_here_or_at_home(person) if introduced else or_false(person.banned),
            "title": func.nullif(person.title, ""),
            "avatar_url": address_read(avatar),
            "actor_id": or_empty(person.ap_public_url, person.ap_profile_id),
            "local": person.is_local,
            "domain": person.ap_domain,
            "instance_id": func.coalesce(person.instance_id, LOCAL_INSTANCE),
            "is_admin": is_administrator(person),
            "created_at": or_long_ago(person.created),
            "extra_fields": Read(_extra_fields_of(person), _extra_fields, ()),
            "flair": null() if flair_in is None else _flair_of(person, flair_in),
            "about": or_empty(person.about) if introduced else nothing,
            "about_html": or_empty(person.about_html) if introduced else nothing,
        },
        person,
    )


def _extra_fields_of(person: type[User]) -> ColumnElement[Any]:
    field = func.json_build_array(UserExtraField.id, UserExtraField.label, UserExtraField.text)
    return (
        select(cast(func.json_agg(aggregate_order_by(field, UserExtraField.id)), JSON))
        .where(UserExtraField.user_id == person.id)
        .correlate_except(UserExtraField)
        .scalar_subquery()
    )


def _extra_fields(found: list[list[Any]]) -> tuple[ExtraField, ...]:
    return tuple(ExtraField(id_, label or "", text or "") for id_, label, text in found)


def _flair_of(person: type[User], community_id: Id) -> ColumnElement[str | None]:
    return (
        select(func.nullif(func.max(UserFlair.flair), ""))
        .where(UserFlair.user_id == person.id, UserFlair.community_id == community_id)
        .correlate_except(UserFlair)
        .scalar_subquery()
    )
