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
_WHY = _("Reason: %(reason)s", reason="{reason}")
_ABOUT_IT = _("Your account on %(site)s", site="{site}")


def _news(occasion: str, paragraph: str) -> Form:
    return Form(occasion=occasion, subject=_ABOUT_IT, paragraphs=(_HELLO, paragraph, _WHY), told=("reason",))


FORMS: dict[LetterKind, Form] = {
    "welcome": Form(
        occasion=_("An administrator creates an account for someone"),
        subject=_("Welcome to %(site)s", site="{site}"),
        paragraphs=(
            _HELLO,
            _(
                "Your account on %(site)s is ready. Sign in with the username %(name)s and your password.",
                site="{site}",
                name="{name}",
            ),
            _(
                "The administrator who created your account knows your password, so change it after you sign in."
            ),
        ),
        link="/auth/login",
        link_words=_("Sign in"),
    ),
    "approved": Form(
        occasion=_("An application is approved"),
        subject=_("Welcome to %(site)s", site="{site}"),
        paragraphs=(
            _HELLO,
            _(
                "Your application for an account on %(site)s has been approved. You can sign in now.",
                site="{site}",
            ),
        ),
        link="/auth/login",
        link_words=_("Sign in"),
    ),
    "activation": Form(
        occasion=_("Someone signs up and needs to confirm their email address"),
        subject=_("Confirm your account on %(site)s", site="{site}"),
        paragraphs=(
            _HELLO,
            _(
                "Someone signed up for an account on %(site)s with this email address. Confirm that it's yours"
                " to start using the account.",
                site="{site}",
            ),
            _("The link is valid for three days. You can request a new one on the sign-in page."),
            _("If this wasn't you, ignore this email. No one can use the account unless you confirm it."),
        ),
        link="/auth/verify_email/{token}",
        link_words=_("Confirm my account"),
    ),
    "new_password": Form(
        occasion=_("Someone asks to reset their password"),
        subject=_("Reset your password on %(site)s", site="{site}"),
        paragraphs=(
            _HELLO,
            _(
                "Someone asked to reset the password of your account %(name)s on %(site)s.",
                name="{name}",
                site="{site}",
            ),
            _(
                "If this was you, choose a new password within an hour. You'll be signed out of every browser"
                " and app."
            ),
            _("If this wasn't you, ignore this email. Your password won't change."),
        ),
        link="/auth/reset_password/{token}",
        link_words=_("Choose a new password"),
    ),
    "attempts": Form(
        occasion=_("Someone enters many incorrect passwords"),
        subject=_("Failed sign-in attempts on your account on %(site)s", site="{site}"),
        paragraphs=(
            _HELLO,
            _(
                "Someone has entered many incorrect passwords for your account %(name)s on %(site)s.",
                name="{name}",
                site="{site}",
            ),
            _(
                "No one got in. Anyone who keeps trying has to wait longer each time, but your own browsers don't."
            ),
            _(
                "If this was you and you've forgotten your password, or if you use the same password elsewhere,"
                " choose a new one."
            ),
        ),
        link="/auth/reset_password_request",
        link_words=_("Reset your password"),
    ),
    "address_old": Form(
        occasion=_("Someone changes their email address (sent to the current address)"),
        subject=_("Confirm the new email address for your account on %(site)s", site="{site}"),
        paragraphs=(
            _HELLO,
            _(
                "Someone asked to change the email address of your account %(name)s on %(site)s to %(address)s.",
                name="{name}",
                site="{site}",
                address="{address}",
            ),
            _(
                "If this was you, confirm the change within three days. It also has to be confirmed from the new"
                " address."
            ),
            _("If this wasn't you, someone knows your password. Change it right away."),
        ),
        link="/auth/change_email/{token}",
        link_words=_("Confirm the change"),
        told=("address",),
    ),
    "address_new": Form(
        occasion=_("Someone changes their email address (sent to the new address)"),
        subject=_("Confirm your email address on %(site)s", site="{site}"),
        paragraphs=(
            _HELLO,
            _(
                "Someone asked to use this email address for the account %(name)s on %(site)s.",
                name="{name}",
                site="{site}",
            ),
            _("If this was you, confirm it within three days. Otherwise, ignore this email."),
        ),
        link="/auth/change_email/{token}",
        link_words=_("Confirm this email address"),
    ),
    "leaving": Form(
        occasion=_("Someone asks to delete their account"),
        subject=_("Your account on %(site)s will be deleted", site="{site}"),
        paragraphs=(
            _HELLO,
            _(
                "As you asked, your account %(name)s on %(site)s will be deleted on %(day)s.",
                name="{name}",
                site="{site}",
                day="{day}",
            ),
            _(
                "If you change your mind before then, sign in and keep your account. Once it's deleted, it"
                " can't be restored."
            ),
        ),
        link="/delete_account",
        link_words=_("Keep my account"),
        told=("day",),
    ),
    "unread": Form(
        occasion=_("Someone has been away and has unread notifications"),
        subject=_("You have unread notifications on %(site)s", site="{site}"),
        paragraphs=(
            _HELLO,
            _(
                "While you were away, you received notifications on %(site)s. Unread: %(unread)s.",
                site="{site}",
                unread="{unread}",
            ),
            _("You won't get another email like this until you've visited the site again."),
        ),
        link="/notifications",
        link_words=_("View notifications"),
        told=("unread",),
    ),
    "invited": Form(
        occasion=_("Someone is invited to a community by email"),
        subject=_("%(name)s invited you to join %(community)s", name="{name}", community="{community}"),
        paragraphs=(
            _("Hello,"),
            _(
                "%(name)s has invited you to join the community %(community)s on %(site)s.",
                name="{name}",
                community="{community}",
                site="{site}",
            ),
            _("If you don't know this person, ignore this email."),
        ),
        link="{path}",
        link_words=_("View invitation"),
        told=("community",),
    ),
    "disabled": _news(
        _("An account is disabled"),
        _(
            "An administrator has disabled your account %(name)s on %(site)s.",
            name="{name}",
            site="{site}",
        ),
    ),
    "enabled": _news(
        _("An account is enabled again"),
        _("Your account %(name)s on %(site)s has been enabled again.", name="{name}", site="{site}"),
    ),
    "banned": _news(
        _("An account is banned"),
        _("An administrator has banned your account %(name)s on %(site)s.", name="{name}", site="{site}"),
    ),
    "unbanned": _news(
        _("An account is unbanned"),
        _("Your account %(name)s on %(site)s is no longer banned.", name="{name}", site="{site}"),
    ),
    "deleted": _news(
        _("An account is deleted"),
        _("An administrator has deleted your account %(name)s on %(site)s.", name="{name}", site="{site}"),
    ),
}
