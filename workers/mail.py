"""Letters: written from what the database says now, and given to the one SMTP server."""

from collections.abc import Awaitable, Callable
from typing import Any, Literal

import structlog

from service.forum.accounts import operations
from service.forum.accounts.operations import unread_letters
from service.forum.accounts.seals import seal_of
from service.forum.communities.queries import invitation_by_id
from service.forum.letters.queries import Addressed, letter_to, written
from service.forum.newsletters import queries as newsletters
from service.forum.newsletters.rules import SEALED_FOR
from service.forum.site import site
from service.lifecycle import Resources
from service.outbound.mail import LetterRefused
from service.storage import outbox

log = structlog.get_logger()

Writing = Callable[[Resources, dict[str, Any]], Awaitable[Addressed | None]]


async def send_letter(resources: Resources, claimed: outbox.Claimed) -> None:
    """Send the letter of an event; one that will never be taken is given up, and written to the log.

    A worker that dies between the server's answer and the end of its transaction sends the letter once more.

    Raises:
        ServerFailed: the server does not take letters just now.
    """
    addressed = await KINDS[claimed.kind](resources, claimed.payload)
    if addressed is None:
        return
    letter = addressed.letter
    try:
        await resources.mail.send(addressed.address, letter.subject, letter.text, letter.html)
    except LetterRefused as error:
        log.warning("email_abandoned", event_kind=claimed.kind, id=claimed.id, reason=error)


async def _write_letter(resources: Resources, payload: dict[str, Any]) -> Addressed | None:
    if payload["occasion"] == "activation":
        return await _write_confirmation(resources, payload["account_id"])
    if payload["occasion"] in ASKING:
        return await _write_to_address(resources, payload["occasion"], payload["account_id"])
    async with resources.database.read() as db:
        return await letter_to(
            db,
            payload["occasion"],
            payload["account_id"],
            base_url=resources.config.site.base_url,
            address=payload["address"],
            reason=payload["reason"],
            stop=_stop_of(resources, payload),
        )


def _stop_of(resources: Resources, payload: dict[str, Any]) -> str:
    """Where somebody wants no more letters of the kind, if they can do without."""
    if payload["occasion"] != "unread":
        return ""
    site_config, account_id = resources.config.site, payload["account_id"]
    seal = seal_of(unread_letters.SEALED_FOR, account_id, site_config.secret_key)
    return f"{site_config.base_url}/user/email_notifs/{account_id}/{seal}/unsubscribe"


async def _write_invitation(resources: Resources, payload: dict[str, Any]) -> Addressed | None:
    async with resources.database.read() as db:
        invited = await invitation_by_id(db, payload["invitation_id"])
        if invited is None:
            return None
        facts = {"name": invited.inviter, "community": invited.title}
        letter = await written(
            db,
            "invited",
            facts,
            base_url=resources.config.site.base_url,
            link={"path": f"/community/{invited.name}/accept_invite/{invited.token}"},
        )
    return Addressed(payload["email"], letter)


# Letters that ask an address for its consent, and which of the two it is.
ASKING: dict[str, Literal["old", "new"]] = {"address_old": "old", "address_new": "new"}


async def _write_to_address(
    resources: Resources, occasion: Literal["address_old", "address_new"], account_id: int
) -> Addressed | None:
    link = await resources.database.write(operations.make_address_link, account_id, ASKING[occasion])
    if link is None:
        return None
    async with resources.database.read() as db:
        return await letter_to(
            db,
            occasion,
            account_id,
            base_url=resources.config.site.base_url,
            address=link.address,
            reason=link.wanted,
            link_token=link.token,
        )


async def _write_confirmation_again(resources: Resources, payload: dict[str, Any]) -> Addressed | None:
    account_id = await resources.database.write(operations.account_to_confirm, payload["email"])
    return None if account_id is None else await _write_confirmation(resources, account_id)


async def _write_confirmation(resources: Resources, account_id: int) -> Addressed | None:
    token = await resources.database.write(operations.make_confirmation, account_id)
    if token is None:
        return None
    async with resources.database.read() as db:
        return await letter_to(
            db, "activation", account_id, base_url=resources.config.site.base_url, link_token=token
        )


async def _write_link(resources: Resources, payload: dict[str, Any]) -> Addressed | None:
    """The link is made first: one whose letter is not taken is never used."""
    made = await resources.database.write(operations.make_link, payload["email"])
    if made is None:
        return None
    async with resources.database.read() as db:
        return await letter_to(
            db,
            "new_password",
            made.account_id,
            base_url=resources.config.site.base_url,
            link_token=made.token,
        )


async def _write_newsletter(resources: Resources, payload: dict[str, Any]) -> Addressed | None:
    site_config = resources.config.site
    account_id = payload["account_id"]
    seal = seal_of(SEALED_FOR, account_id, site_config.secret_key)
    link = f"{site_config.base_url}/user/newsletter/{account_id}/{seal}/unsubscribe"
    async with resources.database.read() as db:
        name = (await site(db)).name
        copy = await newsletters.copy_for(db, payload["newsletter_id"], account_id, link=link, site_name=name)
    return Addressed(copy.address, copy.letter) if copy else None


KINDS: dict[str, Writing] = {
    "NewsletterWanted": _write_newsletter,
    "EmailRequested": _write_letter,
    "InvitationWanted": _write_invitation,
    "PasswordForgotten": _write_link,
    "ConfirmationForgotten": _write_confirmation_again,
}
