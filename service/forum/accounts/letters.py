"""What the site writes to people about their accounts: the words, and to whom. The mail worker sends it."""

from typing import Literal, get_args

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.site import setting, site
from service.storage.tables import User
from service.text.letter import Letter, compose

LetterKind = Literal[
    "welcome",
    "approved",
    "activation",
    "disabled",
    "enabled",
    "banned",
    "unbanned",
    "deleted",
    "attempts",
    "new_password",
    "address_old",
    "address_new",
    "leaving",
]
LETTER_KINDS: tuple[LetterKind, ...] = get_args(LetterKind)


class Addressed(msgspec.Struct, frozen=True):
    """A letter and the e-mail address that it goes to."""

    address: str
    letter: Letter


class _Facts(msgspec.Struct, frozen=True):
    """What the letters speak of."""

    name: str
    site_name: str
    base_url: str
    token: str
    reason: str
    words: str = ""


async def letter_to(
    db: AsyncConnection,
    kind: LetterKind,
    account_id: int,
    *,
    base_url: str,
    address: str = "",
    reason: str = "",
    link_token: str = "",
) -> Addressed | None:
    """The letter of a kind to an account; None if the account, or its address, is gone meanwhile.

    Parameters:
        base_url: the site's own address.
        address: the e-mail address of an account that has lost it by then.
        reason: why, where a reason was given.
        link_token: of the link of a letter that has one.
    """
    row = (
        await db.execute(select(User.user_name, User.email).where(User.id == account_id, User.is_local))
    ).one_or_none()
    to = address or (row.email if row is not None else "")
    if row is None or not to:
        return None
    name = (await site(db)).name
    words = str(await setting(db, "registration_approved_email", "") or "") if kind == "approved" else ""
    facts = _Facts(row.user_name or "", name, base_url, link_token, reason, words)
    return Addressed(to, _LETTERS[kind](facts))


def _welcome(facts: _Facts) -> Letter:
    return compose(
        f"Welcome to {facts.site_name}",
        (
            f"Hello {facts.name},",
            f"your account on {facts.site_name} is ready. Sign in with the name {facts.name} and your password.",
            "Whoever created the account for you knows the password. Change it after you have signed in.",
        ),
        link=f"{facts.base_url}/auth/login",
        link_words="Sign in",
    )


def _approved(facts: _Facts) -> Letter:
    own = tuple(part.strip() for part in facts.words.split("\n\n") if part.strip())
    usual = (f"your application for an account on {facts.site_name} is approved. You can sign in now.",)
    return compose(
        f"Welcome to {facts.site_name}",
        (f"Hello {facts.name},", *(own or usual)),
        link=f"{facts.base_url}/auth/login",
        link_words="Sign in",
    )


def _activation(facts: _Facts) -> Letter:
    return compose(
        f"Confirm your account on {facts.site_name}",
        (
            f"Hello {facts.name},",
            f"an account with this e-mail address was made on {facts.site_name}. Confirm that it is yours to use it.",
            "The link is valid for three days. You can request another one on the sign-in page.",
            "If this was not you, ignore this e-mail: without your confirmation nobody can use the account.",
        ),
        link=f"{facts.base_url}/auth/verify_email/{facts.token}",
        link_words="Confirm my account",
    )


def _new_password(facts: _Facts) -> Letter:
    return compose(
        f"A new password for your account on {facts.site_name}",
        (
            f"Hello {facts.name},",
            f"somebody asked for a new password for your account {facts.name} on {facts.site_name}.",
            "If it was you, choose one within an hour. Every browser and app that is signed in will be signed out.",
            "If it was not you, ignore this e-mail: your password stays as it is.",
        ),
        link=f"{facts.base_url}/auth/reset_password/{facts.token}",
        link_words="Choose a new password",
    )


def _attempts(facts: _Facts) -> Letter:
    return compose(
        f"Wrong passwords for your account on {facts.site_name}",
        (
            f"Hello {facts.name},",
            f"somebody has typed many wrong passwords for your account {facts.name} on {facts.site_name}.",
            "Nobody got in. Whoever tries has to wait longer each time; your own browsers do not.",
            "If it was you and you forgot the password, or if it is one that you use elsewhere, choose a new one.",
        ),
        link=f"{facts.base_url}/auth/reset_password_request",
        link_words="Ask for a new password",
    )


def _address_old(facts: _Facts) -> Letter:
    return compose(
        f"Another e-mail address for your account on {facts.site_name}",
        (
            f"Hello {facts.name},",
            f"your account {facts.name} on {facts.site_name} is to have the e-mail address {facts.reason} from now on.",
            "If you want that, say so within three days. The other address has to agree as well.",
            "If it was not you, somebody knows your password: choose another one at once.",
        ),
        link=f"{facts.base_url}/auth/change_email/{facts.token}",
        link_words="Let the account have the other address",
    )


def _address_new(facts: _Facts) -> Letter:
    return compose(
        f"Your e-mail address on {facts.site_name}",
        (
            f"Hello {facts.name},",
            f"the account {facts.name} on {facts.site_name} is to have this e-mail address.",
            "If it is yours, say so within three days. Otherwise ignore this e-mail.",
        ),
        link=f"{facts.base_url}/auth/change_email/{facts.token}",
        link_words="This is my address",
    )


def _leaving(facts: _Facts) -> Letter:
    return compose(
        f"Your account on {facts.site_name} will be deleted",
        (
            f"Hello {facts.name},",
            f"as you asked, your account {facts.name} on {facts.site_name} is deleted on {facts.reason}.",
            "Until then you can change your mind: sign in, and keep it. Afterwards nobody can bring it back.",
        ),
        link=f"{facts.base_url}/delete_account",
        link_words="Keep the account",
    )


def _disabled(facts: _Facts) -> Letter:
    return _news(facts, "was switched off by an administrator")


def _enabled(facts: _Facts) -> Letter:
    return _news(facts, "was switched on again")


def _banned(facts: _Facts) -> Letter:
    return _news(facts, "was banned by an administrator")


def _unbanned(facts: _Facts) -> Letter:
    return _news(facts, "is no longer banned")


def _deleted(facts: _Facts) -> Letter:
    return _news(facts, "was deleted by an administrator")


def _news(facts: _Facts, what: str) -> Letter:
    why = (f"The reason that was given: {facts.reason}",) if facts.reason else ()
    return compose(
        f"Your account on {facts.site_name}",
        (f"Hello {facts.name},", f"your account {facts.name} on {facts.site_name} {what}.", *why),
    )


_LETTERS = {
    "welcome": _welcome,
    "approved": _approved,
    "activation": _activation,
    "disabled": _disabled,
    "enabled": _enabled,
    "banned": _banned,
    "unbanned": _unbanned,
    "deleted": _deleted,
    "attempts": _attempts,
    "new_password": _new_password,
    "address_old": _address_old,
    "address_new": _address_new,
    "leaving": _leaving,
}
