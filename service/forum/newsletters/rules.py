"""What a newsletter may say, and the seal of the link by which somebody wants no more of them. Pure."""

import hashlib
import hmac

from service.forum.checks import refuse, too_long
from service.language import _
from service.text.letter import SUBJECT_LENGTH

BODY_LENGTH = 50_000


def check_newsletter(subject: str, body: str) -> None:
    """Raise Invalid with all that is wrong with a newsletter."""
    refuse(
        {
            "subject": too_long(subject, SUBJECT_LENGTH) if subject else _("Enter a subject."),
            "body": too_long(body, BODY_LENGTH) if body else _("Write something."),
        }
    )


def seal_of(account_id: int, secret: str) -> str:
    """What shows that a link came in a letter to this account; it changes with the site's secret alone."""
    return hmac.new(secret.encode(), f"newsletter:{account_id}".encode(), hashlib.sha256).hexdigest()[:40]


def is_sealed(account_id: int, seal: str, secret: str) -> bool:
    """Whether the link came in a letter to this account."""
    return hmac.compare_digest(seal.encode(), seal_of(account_id, secret).encode())
