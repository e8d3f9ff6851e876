"""What an account changes about itself: its address, its profile and settings, its pictures."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts import rules
from service.forum.accounts.choices import AIVisibility, MessageAcceptance, Visibility
from service.forum.accounts.queries.availability import email_taken
from service.forum.accounts.shapes import Settings
from service.forum.accounts.viewer import Viewer
from service.forum.attachments.operations import discard
from service.forum.checks import is_id, refuse, too_long
from service.forum.comments.choices import COMMENT_SORT_MENU
from service.forum.errors import Conflict, NotFound
from service.forum.events import ProfileChanged
from service.forum.feeds.choices import DEFAULT_SORTS, FRONT_PAGES
from service.forum.phrases import refuse_phrases
from service.language import _
from service.storage.locking import lock_name
from service.storage.outbox import record
from service.storage.tables import EmailConfirmation, User, UserFile
from service.text.display_name import clean_display_name
from service.text.markdown import render_markdown

# What an account may change about itself: texts and their lengths, choices, switches.
_TEXTS = {
    "title": rules.TITLE_LENGTH,
    "about": rules.ABOUT_LENGTH,
    "keywords": 256,
    "matrix_user_id": 256,
    "theme": 20,
    "timezone": rules.TIMEZONE_LENGTH,
    "interface_language": 10,
    "community_keyword_filter": rules.KEYWORD_FILTER_LENGTH,
}
_SHOWN = ("title", "about", "keywords")
_CHOICES: dict[str, Sequence[Any]] = {
    "default_sort": DEFAULT_SORTS,
    "default_filter": FRONT_PAGES,
    "default_comment_sort": COMMENT_SORT_MENU,
    "hide_nsfw": tuple(Visibility),
    "hide_nsfl": tuple(Visibility),
    "hide_gen_ai": tuple(AIVisibility),
    "ignore_bots": tuple(Visibility),
    "accept_private_messages": tuple(MessageAcceptance),
    "reply_collapse_threshold": range(-1000, 1001),
    "reply_hide_threshold": range(-1000, 1001),
}
# Every yes or no of the settings; this one has another name as a column.
_COLUMNS = {"manually_approves_followers": "ap_manually_approves_followers"}
_SWITCHES = frozenset(
    _COLUMNS.get(field.name, field.name) for field in msgspec.structs.fields(Settings) if field.type is bool
)
# A change to one of these is news for other servers.
_PUBLIC = frozenset({"title", "about", "bot", "searchable", "indexable", "matrix_user_id"})


async def change_email(session: AsyncSession, viewer: Viewer, email: str) -> None:
    """Give the viewer's account another e-mail address; Invalid or Conflict if it cannot have that one."""
    await put_email(session, viewer.id, email)


async def put_email(session: AsyncSession, account_id: int, email: str) -> None:
    """Give an account another e-mail address; raises as `change_email`."""
    email = rules.tidy_email(email)
    refuse({"email": rules.problem_with_email(email)})
    await lock_name(session, f"email:{email.lower()}")
    if await session.scalar(select(email_taken(email, but=account_id))):
        raise Conflict(
            _("An account with this email address already exists."), code="email_taken", field="email"
        )
    await session.execute(update(User).where(User.id == account_id).values(email=email))
    # What was sent to the old address confirms nothing of the new one.
    await session.execute(delete(EmailConfirmation).where(EmailConfirmation.user_id == account_id))


async def edit(session: AsyncSession, viewer: Viewer, changes: Mapping[str, Any], *, domain: str) -> None:
    """Change the viewer's profile and settings.

    Parameters:
        changes: columns of the account with their new values; Markdown in `about` is rendered here.
        domain: this site's.

    Raises:
        Invalid: a column cannot be changed, or its value breaks a rule.
    """
    await edit_account(session, viewer.id, changes, domain=domain)


async def edit_account(
    session: AsyncSession, account_id: int, changes: Mapping[str, Any], *, domain: str
) -> None:
    """Change the profile and settings of an account; as `edit`."""
    if not changes:
        return
    values = _checked_changes(changes)
    await refuse_phrases(session, {name: values.get(name) for name in _SHOWN})
    if "about" in values:
        values["about_html"] = render_markdown(values["about"], domain=domain)
    await session.execute(update(User).where(User.id == account_id).values(**values))
    if _PUBLIC & values.keys():
        await record(session, ProfileChanged(account_id=account_id), federate=True)


async def set_picture(
    session: AsyncSession, viewer: Viewer, which: Literal["avatar", "cover"], file_id: int | None
) -> None:
    """Show another avatar or cover, or none; NotFound if the viewer did not upload that file."""
    if file_id is not None:
        if not is_id(file_id):
            raise NotFound
        own = exists().where(UserFile.user_id == viewer.id, UserFile.file_id == file_id)
        if not await session.scalar(select(own)):
            raise NotFound
    column = User.avatar_id if which == "avatar" else User.cover_id
    before = await session.scalar(select(column).where(User.id == viewer.id).with_for_update(key_share=True))
    await session.execute(update(User).where(User.id == viewer.id).values({column: file_id}))
    await discard(session, [before])
    await record(session, ProfileChanged(account_id=viewer.id), federate=True)


def _checked_changes(changes: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    problems: dict[str, str | None] = {}
    for name, value in changes.items():
        if name in _TEXTS and isinstance(value, str):
            problems[name] = too_long(value.strip(), _TEXTS[name])
            values[name] = clean_display_name(value) if name == "title" else value.strip()
            if name == "timezone" and values[name]:
                problems[name] = rules.problem_with_timezone(values[name])
        elif name == "read_language_ids" and _are_ids(value):
            values[name] = list(value)
        elif _allows(name, value):
            values[name] = value
        else:
            problems[name] = _("This value isn't valid.")
    refuse(problems)
    return values


def _allows(name: str, value: object) -> bool:
    if name in _SWITCHES:
        return isinstance(value, bool)
    return name in _CHOICES and not isinstance(value, bool) and value in _CHOICES[name]


def _are_ids(value: object) -> bool:
    return isinstance(value, list | tuple) and len(value) <= 200 and all(type(id_) is int for id_ in value)
