"""What a newsletter may say. Pure."""

from service.forum.checks import refuse, too_long
from service.language import _
from service.text.letter import SUBJECT_LENGTH

BODY_LENGTH = 50_000
SEALED_FOR = "newsletter"  # the link in each by which somebody wants no more of them


def check_newsletter(subject: str, body: str) -> None:
    """Raise Invalid with all that is wrong with a newsletter."""
    refuse(
        {
            "subject": too_long(subject, SUBJECT_LENGTH) if subject else _("Enter a subject."),
            "body": too_long(body, BODY_LENGTH) if body else _("Enter some text."),
        }
    )
