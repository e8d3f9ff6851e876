"""The way out for letters: one SMTP server, named by the administrator, and one connection a letter."""

import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr

import aiosmtplib

from service.config import MailConfig
from service.outbound.errors import OutboundError

# https://www.rfc-editor.org/rfc/rfc5321#section-4.2.1: 5yz is final for this letter; all else may pass.
FINAL = range(500, 600)
# Replies that speak of our own standing with the server, not of the letter.
OURS = {530, 534, 535, 538}


class LetterRefused(OutboundError):
    """This letter will never be taken. Trying again ends the same way."""

    def __init__(self, sentence: str) -> None:
        super().__init__("letter_refused", sentence)


class ServerFailed(OutboundError):
    """The server cannot be reached, or takes no letters from us just now. Trying later may help."""

    def __init__(self, sentence: str) -> None:
        super().__init__("server_failed", sentence)


class Mailer:
    """Gives letters to the SMTP server; holds nothing open between them.

    Parameters:
        config: the section `mail`.
        tls: whom to trust; the system's authorities when None.
    """

    def __init__(self, config: MailConfig, tls: ssl.SSLContext | None = None) -> None:
        self._config, self._tls = config, tls

    @property
    def is_configured(self) -> bool:
        """Whether there is a server to give letters to."""
        return bool(self._config.host)

    async def send(self, to: str, subject: str, text: str, html: str) -> None:
        """Give a letter to the server.

        Parameters:
            to: one e-mail address.
            subject: one line.
            text, html: the same letter in both forms.

        Raises:
            LetterRefused: the address, or the letter, is none that the server takes; or there is no server.
            ServerFailed: it may be tried again.
        """
        if not self.is_configured:
            raise LetterRefused("There is no SMTP server: set mail.host.")
        message = self._message(to, subject, text, html)
        config = self._config
        try:
            await aiosmtplib.send(
                message,
                recipients=[to],
                hostname=config.host,
                port=config.port,
                username=config.username or None,
                password=config.password or None,
                use_tls=config.encryption == "tls",
                start_tls=config.encryption == "starttls",
                tls_context=self._tls,
                timeout=config.timeout,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            code = error.recipients[0].code if error.recipients else 0
            raise _refusal(code, f"The SMTP server refuses the address: {code}.") from error
        except aiosmtplib.SMTPResponseException as error:
            raise _refusal(error.code, f"The SMTP server refuses the letter: {error.code}.") from error
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise ServerFailed(f"The SMTP server cannot be used: {type(error).__name__}.") from error

    def _message(self, to: str, subject: str, text: str, html: str) -> EmailMessage:
        name, address = parseaddr(self._config.sender)
        message = EmailMessage()
        try:
            message["From"] = Address(display_name=name, addr_spec=address)
            message["To"] = Address(addr_spec=to)
            message["Subject"] = subject
        except Exception as error:
            raise LetterRefused(f"The letter cannot be written: {type(error).__name__}.") from error
        message["Date"] = formatdate(localtime=False)
        message["Message-ID"] = make_msgid(domain=address.rpartition("@")[2])
        message["Auto-Submitted"] = "auto-generated"  # https://www.rfc-editor.org/rfc/rfc3834
        message.set_content(text)
        message.add_alternative(html, subtype="html")
        return message


def _refusal(code: int, sentence: str) -> OutboundError:
    return LetterRefused(sentence) if code in FINAL and code not in OURS else ServerFailed(sentence)
