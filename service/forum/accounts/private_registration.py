"""Accounts that are made for somebody, by another system, an administrator or the command line.

Hashes and keys are worked out here, outside of any transaction.
"""

import asyncio
import secrets

import msgspec

from service.forum.accounts import operations, rules
from service.forum.accounts.authority import Authority
from service.forum.accounts.keys import make_keys
from service.forum.accounts.operations import NewAccount
from service.forum.accounts.passwords import hash_password
from service.forum.checks import refuse, too_long
from service.forum.letters.kinds import LetterKind
from service.storage.transaction import Database
from service.text.display_name import clean_display_name

GENERATED_BYTES = 15  # of a password: 120 bits, 20 characters


class AccountForm(msgspec.Struct, frozen=True, kw_only=True):
    """What an account is made of.

    Attributes:
        password: None lets one be made.
        about: Markdown.
        active: its owner may sign in at once; else the e-mail address has to be confirmed first.
        welcome: write to the owner.
    """

    name: str
    email: str
    password: str | None = None
    title: str = ""
    about: str = ""
    timezone: str = ""
    active: bool = True
    welcome: bool = False

    def __repr__(self) -> str:
        return f"AccountForm(name={self.name!r})"


class MadeAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account that was made.

    Attributes:
        generated_password: shown once; None where one was given.
        letter: what is being written to its owner; None for nothing.
    """

    account_id: int
    name: str
    email: str
    title: str
    active: bool
    letter: LetterKind | None
    generated_password: str | None

    def __repr__(self) -> str:
        return f"MadeAccount(account_id={self.account_id})"


async def register_privately(
    database: Database, by: Authority, form: AccountForm, *, domain: str, letters: bool
) -> MadeAccount:
    """Make a complete account whatever the site's registration mode is: it is approved by being made.

    Parameters:
        by: who makes it.
        domain: this site's.
        letters: whether the site can send any.

    Raises:
        Invalid: something in the form breaks a rule.
        Conflict: the name, one that looks like it, or the e-mail address is taken.
    """
    generated = None if form.password else secrets.token_urlsafe(GENERATED_BYTES)
    password = form.password or generated or ""
    name, email = rules.tidy_name(form.name), rules.tidy_email(form.email)
    _check(form, name, email, password)
    password_hash, keys = await asyncio.gather(hash_password(password), make_keys())
    letter = _letter(form) if letters else None
    new = NewAccount(
        name=name,
        email=email,
        password_hash=password_hash,
        keys=keys,
        title=form.title,
        about=form.about,
        verified=form.active,
        timezone=form.timezone,
        referrer=rules.PRIVATELY,
    )
    made = await database.write(operations.register, by, new, domain=domain, letter=letter)
    return MadeAccount(
        account_id=made.account_id,
        name=name,
        email=email,
        title=clean_display_name(form.title, rules.TITLE_LENGTH) or name,
        active=form.active,
        letter=letter,
        generated_password=generated,
    )


def _check(form: AccountForm, name: str, email: str, password: str) -> None:
    refuse(
        {
            "name": rules.problem_with_name(name),
            "email": rules.problem_with_email(email),
            "password": rules.problem_with_password(password, name),
            "title": too_long(form.title, rules.TITLE_LENGTH),
            "about": too_long(form.about, rules.ABOUT_LENGTH),
            "timezone": rules.problem_with_timezone(form.timezone) if form.timezone else None,
        }
    )


def _letter(form: AccountForm) -> LetterKind | None:
    if not form.active:
        return "activation"
    return "welcome" if form.welcome else None
