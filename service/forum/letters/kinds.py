"""The letters that there are, with their usual words. `{name}` is a place that is filled when one is written.

A paragraph whose place has nothing to put there is left out.
"""

from typing import Literal, get_args

import msgspec

from service.language import _

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
    "unread",
    "invited",
]
LETTER_KINDS: tuple[LetterKind, ...] = get_args(LetterKind)


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """A letter, before it is written to somebody.

    Attributes:
        occasion: When it is sent.
        link: The path that its link leads to, with places of its own; '' for none.
        link_words: What following the link does.
        told: The names of the places besides `name` and `site`.
    """

    occasion: str
    subject: str
    paragraphs: tuple[str, ...]
    link: str = ""
    link_words: str = ""
    told: tuple[str, ...] = ()

    @property
    def places(self) -> tuple[str, ...]:
        """The names of all places."""
        return ("name", "site", *self.told)


_HELLO = _("Hello %(name)s,", name="{name}")
_WHY = _("The reason that was given: %(reason)s", reason="{reason}")
_ABOUT_IT = _("Your account on %(site)s", site="{site}")


def _news(occasion: str, paragraph: str) -> Form:
    return Form(occasion=occasion, subject=_ABOUT_IT, paragraphs=(_HELLO, paragraph, _WHY), told=("reason",))


FORMS: dict[LetterKind, Form] = {
    "welcome": Form(
        occasion=_("An administrator made an account for somebody"),
        subject=_("Welcome to %(site)s", site="{site}"),
        paragraphs=(
            _HELLO,
            _(
                "your account on %(site)s is ready. Sign in with the name %(name)s and your password.",
                site="{site}",
                name="{name}",
            ),
            _("Whoever created the account for you knows the password. Change it after you have signed in."),
        ),
        link="/auth/login",
        link_words=_("Sign in"),
    ),
    "approved": Form(
        occasion=_("An application was approved"),
        subject=_("Welcome to %(site)s", site="{site}"),
        paragraphs=(
            _HELLO,
            _(
                "your application for an account on %(site)s is approved. You can sign in now.",
                site="{site}",
            ),
        ),
        link="/auth/login",
        link_words=_("Sign in"),
    ),
    "activation": Form(
        occasion=_("Somebody registered and has to confirm the address"),
        subject=_("Confirm your account on %(site)s", site="{site}"),
        paragraphs=(
            _HELLO,
            _(
                "an account with this e-mail address was made on %(site)s. Confirm that it is yours to use it.",
                site="{site}",
            ),
            _("The link is valid for three days. You can request another one on the sign-in page."),
            _(
                "If this was not you, ignore this e-mail: without your confirmation nobody can use the account."
            ),
        ),
        link="/auth/verify_email/{token}",
        link_words=_("Confirm my account"),
    ),
    "new_password": Form(
        occasion=_("Somebody forgot the password"),
        subject=_("A new password for your account on %(site)s", site="{site}"),
        paragraphs=(
            _HELLO,
            _(
                "somebody asked for a new password for your account %(name)s on %(site)s.",
                name="{name}",
                site="{site}",
            ),
            _(
                "If it was you, choose one within an hour. Every browser and app that is signed in will be signed out."
            ),
            _("If it was not you, ignore this e-mail: your password stays as it is."),
        ),
        link="/auth/reset_password/{token}",
        link_words=_("Choose a new password"),
    ),
    "attempts": Form(
        occasion=_("Many wrong passwords were typed"),
        subject=_("Wrong passwords for your account on %(site)s", site="{site}"),
        paragraphs=(
            _HELLO,
            _(
                "somebody has typed many wrong passwords for your account %(name)s on %(site)s.",
                name="{name}",
                site="{site}",
            ),
            _("Nobody got in. Whoever tries has to wait longer each time; your own browsers do not."),
            _(
                "If it was you and you forgot the password, or if it is one that you use elsewhere, choose a new one."
            ),
        ),
        link="/auth/reset_password_request",
        link_words=_("Ask for a new password"),
    ),
    "address_old": Form(
        occasion=_("An account is to have another e-mail address: to the present one"),
        subject=_("Another e-mail address for your account on %(site)s", site="{site}"),
        paragraphs=(
            _HELLO,
            _(
                "your account %(name)s on %(site)s is to have the e-mail address %(address)s from now on.",
                name="{name}",
                site="{site}",
                address="{address}",
            ),
            _("If you want that, say so within three days. The other address has to agree as well."),
            _("If it was not you, somebody knows your password: choose another one at once."),
        ),
        link="/auth/change_email/{token}",
        link_words=_("Let the account have the other address"),
        told=("address",),
    ),
    "address_new": Form(
        occasion=_("An account is to have another e-mail address: to the new one"),
        subject=_("Your e-mail address on %(site)s", site="{site}"),
        paragraphs=(
            _HELLO,
            _(
                "the account %(name)s on %(site)s is to have this e-mail address.",
                name="{name}",
                site="{site}",
            ),
            _("If it is yours, say so within three days. Otherwise ignore this e-mail."),
        ),
        link="/auth/change_email/{token}",
        link_words=_("This is my address"),
    ),
    "leaving": Form(
        occasion=_("Somebody wants to delete their account"),
        subject=_("Your account on %(site)s will be deleted", site="{site}"),
        paragraphs=(
            _HELLO,
            _(
                "as you asked, your account %(name)s on %(site)s is deleted on %(day)s.",
                name="{name}",
                site="{site}",
                day="{day}",
            ),
            _(
                "Until then you can change your mind: sign in, and keep it. Afterwards nobody can bring it back."
            ),
        ),
        link="/delete_account",
        link_words=_("Keep the account"),
        told=("day",),
    ),
    "unread": Form(
        occasion=_("Somebody was away and has not read what they were told"),
        subject=_("What you have not read on %(site)s", site="{site}"),
        paragraphs=(
            _HELLO,
            _(
                "while you were away you were told something on %(site)s. Not yet read: %(unread)s.",
                site="{site}",
                unread="{unread}",
            ),
            _("You will get no other e-mail of this kind before you have been here again."),
        ),
        link="/notifications",
        link_words=_("Read it"),
        told=("unread",),
    ),
    "invited": Form(
        occasion=_("Somebody is invited into a community by e-mail"),
        subject=_("%(name)s invites you to %(community)s", name="{name}", community="{community}"),
        paragraphs=(
            _("Hello,"),
            _(
                "%(name)s invites you to join the community %(community)s on %(site)s.",
                name="{name}",
                community="{community}",
                site="{site}",
            ),
            _("If you do not know them, ignore this e-mail."),
        ),
        link="{path}",
        link_words=_("See the invitation"),
        told=("community",),
    ),
    "disabled": _news(
        _("An account was switched off"),
        _(
            "your account %(name)s on %(site)s was switched off by an administrator.",
            name="{name}",
            site="{site}",
        ),
    ),
    "enabled": _news(
        _("An account was switched on again"),
        _("your account %(name)s on %(site)s was switched on again.", name="{name}", site="{site}"),
    ),
    "banned": _news(
        _("An account was banned"),
        _("your account %(name)s on %(site)s was banned by an administrator.", name="{name}", site="{site}"),
    ),
    "unbanned": _news(
        _("The ban of an account was lifted"),
        _("your account %(name)s on %(site)s is no longer banned.", name="{name}", site="{site}"),
    ),
    "deleted": _news(
        _("An account was deleted"),
        _("your account %(name)s on %(site)s was deleted by an administrator.", name="{name}", site="{site}"),
    ),
}
