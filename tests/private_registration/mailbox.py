"""A real SMTP server on this machine that keeps what it is given."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope

from service.config import MailConfig

SENDER = "Pie <noreply@pie.example>"


class Mailbox:
    """What the server was given, and what it answers.

    Attributes:
        letters: the messages, in the order of their arrival.
        answer: what the server says to a message; a function of the envelope may decide.
    """

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.senders: list[str] = []
        self.answer: Callable[[Envelope], str] = lambda _: "250 OK"
        self.port = 0

    @property
    def config(self) -> MailConfig:
        """The settings of a site that uses this server."""
        return MailConfig(host="127.0.0.1", port=self.port, encryption="none", sender=SENDER, timeout=60)

    async def handle_DATA(self, _: Any, __: Any, envelope: Envelope) -> str:
        """Take a message, as aiosmtpd calls it."""
        said = self.answer(envelope)
        if said.startswith("250"):
            assert isinstance(envelope.content, bytes)
            letter = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(letter, EmailMessage)
            self.letters.append(letter)
            self.senders.append(str(envelope.mail_from))
        return said


@asynccontextmanager
async def mailbox() -> AsyncIterator[Mailbox]:
    """Run the server."""
    found = Mailbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(found, loop=loop, hostname="localhost"), "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()
        await server.wait_closed()


def part(letter: EmailMessage, kind: str) -> str:
    """Return the text of a letter in one of its forms: `plain` or `html`."""
    body = letter.get_body((kind,))
    assert body is not None
    text: str = body.get_content()
    return text
