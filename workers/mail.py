"""Letters: written from what the database says now, and given to the one SMTP server."""

import structlog

from service.forum.accounts.letters import letter_to
from service.lifecycle import Resources
from service.outbound.mail import LetterRefused
from service.storage import outbox

log = structlog.get_logger()


async def send_letter(resources: Resources, claimed: outbox.Claimed) -> None:
    """Send the letter of an event; one that will never be taken is given up, and written to the log.

    A worker that dies between the server's answer and the end of its transaction sends the letter once more.

    Raises:
        ServerFailed: the server does not take letters just now.
    """
    payload = claimed.payload
    async with resources.database.read() as db:
        addressed = await letter_to(
            db,
            payload["occasion"],
            payload["account_id"],
            base_url=resources.config.site.base_url,
            address=payload["address"],
            reason=payload["reason"],
        )
    if addressed is None:
        return
    letter = addressed.letter
    try:
        await resources.mail.send(addressed.address, letter.subject, letter.text, letter.html)
    except LetterRefused as error:
        log.warning(
            "letter_given_up",
            account=payload["account_id"],
            occasion=payload["occasion"],
            reason=error,
        )
