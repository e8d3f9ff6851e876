"""The words and numbers of reports, as PieFed stores them. Pure."""

import unicodedata

from service.forum.checks import refuse, too_long
from service.language import _

REASON_LENGTH = 256
DESCRIPTION_LENGTH = 256

# Values of report.type and report.status.
PERSON, POST, COMMENT, COMMUNITY, CONVERSATION = range(5)
NEW, ESCALATED, APPEALED, RESOLVED = range(4)
DISCARDED = -1
OPEN = (NEW, ESCALATED, APPEALED)
# Kinds of which other servers can be told.
TOLD_ELSEWHERE = (POST, COMMENT, CONVERSATION)

# Names in report.targets: the text as it was when it was reported, and the message that a conversation's report is of.
POST_TITLE, POST_BODY, COMMENT_BODY = "orig_post_title", "orig_post_body", "orig_comment_body"
MESSAGE_ID, MESSAGE_BODY = "message_id", "orig_message_body"

# What the site's administrators want to hear of at once, as PieFed's forms name it and as people write it.
GRAVE = ("minor abuse", "child abuse", "sexualization", "csam", "doxing", "doxxing")

# Instead of a number of reports: the moderators have looked at it, and want to hear no more of it.
IGNORES_REPORTS = -1


def check_words(reason: str, description: str = "") -> None:
    """Raise Invalid unless there is a reason, and neither it nor the description is too long."""
    reason, description = reason.strip(), description.strip()
    refuse(
        {
            "reason": too_long(reason, REASON_LENGTH) if reason else _("Explain what's wrong."),
            "description": too_long(description, DESCRIPTION_LENGTH),
        }
    )


def is_grave(*words: str | None) -> bool:
    """Whether a report speaks of what administrators are told of at once, however it is capitalised or spaced."""
    said = " ".join(unicodedata.normalize("NFKC", " ".join(filter(None, words))).casefold().split())
    return any(reason in said for reason in GRAVE)
