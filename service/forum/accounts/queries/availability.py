"""Which names and e-mail addresses are free, and which free names are like one that is not."""

import re
import secrets
from collections.abc import Iterable

import msgspec
from sqlalchemy import ColumnElement, exists, func, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum import site
from service.forum.accounts import rules
from service.forum.checks import storable
from service.forum.local_names import is_named
from service.language import _
from service.storage.tables import Community, Feed, User

SUGGESTIONS = 5
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_]+")


class Taken(msgspec.Struct, frozen=True):
    """What stands in the way of a new account.

    Attributes:
        name: Somebody has the name, or one that looks like it, or votes under it; or a community or feed has it.
        email: An account here has the e-mail address.
        refused: The name contains a word that the site refuses.
    """

    name: bool
    email: bool
    refused: bool


class Availability(msgspec.Struct, frozen=True):
    """Whether a name and an e-mail address could be had just now.

    Attributes:
        problems: a sentence for each of them that breaks a rule; then it is not free either.
        suggestions: names like the wanted one that are free; none where that is free itself.
    """

    name_is_free: bool
    email_is_free: bool
    problems: dict[str, str]
    suggestions: list[str]


async def availability(db: AsyncConnection, name: str, email: str) -> Availability:
    """Whether a name and an e-mail address could be had just now; whoever comes first gets them all the same.

    Parameters:
        name, email: as they were typed.
    """
    name, email = rules.tidy_name(name), rules.tidy_email(email)
    wrong = {"name": rules.problem_with_name(name), "email": rules.problem_with_email(email)}
    problems = {field: problem for field, problem in wrong.items() if problem}
    storable_name, storable_email = (
        name if storable(name) else "",
        email if storable(email) else "",
    )
    found = await taken(db, storable_name, storable_email)
    if found.refused:
        problems.setdefault("name", _("This name can't be used."))
    name_is_free = not found.name and "name" not in problems
    return Availability(
        name_is_free,
        not found.email and "email" not in problems,
        problems,
        [] if name_is_free else await suggestions(db, name),
    )


async def taken(db: AsyncConnection, name: str, email: str) -> Taken:
    """What stands in the way of a new account with this name and e-mail address.

    Parameters:
        name, email: tidy; an empty e-mail address is none.
    """
    by_name, by_email = (await db.execute(select(_name_taken(name), email_taken(email)))).one()
    return Taken(by_name, by_email, _contains_a_word(name, await _refused_words(db)))


async def suggestions(db: AsyncConnection, name: str) -> list[str]:
    """At most five names like this one that are free.

    Parameters:
        name: any text.
    """
    words = await _refused_words(db)
    candidates = [
        candidate
        for candidate in dict.fromkeys(_like(name))
        if rules.problem_with_name(candidate) is None and not _contains_a_word(candidate, words)
    ]
    if not candidates:
        return []
    asked = union_all(*[select(_name_taken(candidate)) for candidate in candidates])
    answers = (await db.execute(asked)).scalars().all()
    free = [candidate for candidate, is_taken in zip(candidates, answers, strict=True) if not is_taken]
    return free[:SUGGESTIONS]


def email_taken(email: str, *, but: int = 0) -> ColumnElement[bool]:
    """Whether an account here, other than `but`, has this e-mail address in any case; an empty one nobody has."""
    return exists().where(
        func.lower(User.email) == email.lower(),
        User.email != "",
        User.is_local,
        User.id != but,
    )


def _name_taken(name: str) -> ColumnElement[bool]:
    lower = name.lower()
    shown = func.lower(func.translate(User.user_name, "I10", "llO"))
    return or_(
        exists().where(is_named(User, lower)),
        exists().where(shown == rules.look_alike(name), User.is_local),
        exists().where(is_named(Community, lower)),
        exists().where(is_named(Feed, lower)),
        # Votes travel under it where they are private.
        exists().where(func.lower(User.alt_user_name) == lower),
    )


async def _refused_words(db: AsyncConnection) -> list[str]:
    blocked = await site.setting(db, "actor_blocked_words", "")
    return [word.strip() for word in str(blocked or "").lower().splitlines() if word.strip()]


def _contains_a_word(name: str, words: list[str]) -> bool:
    return any(word in name.lower() for word in words)


def _like(name: str) -> Iterable[str]:
    """Names like this one: numbered, then with random digits, for the case that all small numbers are taken."""
    longest = rules.NAME_LENGTH[1]
    base = _NOT_IN_NAMES.sub("_", rules.tidy_name(name)).strip("_")[: longest - 6] or "user"
    yield from (f"{base}{number}" for number in range(2, 6))
    yield f"{base}_here"
    yield from (f"{base}_{secrets.randbelow(9000) + 1000}" for _ in range(SUGGESTIONS))
